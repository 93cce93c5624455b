package dev.twofold.catalog.product;

import dev.twofold.Metadata;
import dev.twofold.QueryBus;
import dev.twofold.catalog.http.Freshness;
import dev.twofold.catalog.http.Shown;
import dev.twofold.catalog.http.TableQuery;
import dev.twofold.catalog.http.WebPage;
import dev.twofold.catalog.product.CountedCategories.Node;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.servlet.ModelAndView;

/// The tree of categories with counts over HTTP.
@RestController
final class CategoryTreeEndpoints {
    private static final WebPage PAGE = new WebPage("categories", "tree");

    private final QueryBus queries;
    private final TableQuery counts;

    CategoryTreeEndpoints(QueryBus queries, TableQuery categoryCountQuery) {
        this.queries = queries;
        this.counts = categoryCountQuery;
    }

    record Tree(List<Node> items) {
        Tree {
            items = List.copyOf(items);
        }
    }

    @GetMapping(path = "/category-tree", produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<byte[]> tree(Freshness freshness, Metadata metadata) {
        return shown(freshness, metadata).json();
    }

    private Shown<Tree> shown(Freshness freshness, Metadata metadata) {
        return counts.answer(
                freshness,
                notBefore -> queries.ask(new ShowCategoryTree(notBefore), metadata),
                Tree::new);
    }

    @GetMapping(path = "/category-tree", produces = MediaType.TEXT_HTML_VALUE)
    @Nullable ModelAndView webTree(
            ServletWebRequest request, Freshness freshness, Metadata metadata) {
        return PAGE.show(shown(freshness, metadata).page(), request);
    }
}
