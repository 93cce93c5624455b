package dev.twofold.catalog.product;

import dev.twofold.catalog.http.Freshness;
import dev.twofold.catalog.http.TableQuery;
import dev.twofold.catalog.product.CountedCategories.Node;
import java.util.List;
import java.util.Objects;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.ModelAndView;

/// The tree of categories with counts over HTTP.
@RestController
final class CategoryTreeEndpoints {
    private final CountedCategories categories;
    private final TableQuery counts;

    CategoryTreeEndpoints(CountedCategories categories, TableQuery categoryCountQuery) {
        this.categories = categories;
        this.counts = categoryCountQuery;
    }

    record Tree(List<Node> items) {
        Tree {
            items = List.copyOf(items);
        }
    }

    @GetMapping(path = "/category-tree", produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<Tree> tree(Freshness freshness) {
        return counts.answer(freshness, connection -> new Tree(categories.tree(connection)));
    }

    @GetMapping(path = "/category-tree", produces = MediaType.TEXT_HTML_VALUE)
    ModelAndView webTree(Freshness freshness) {
        return new ModelAndView(
                "categories", "nodes", Objects.requireNonNull(tree(freshness).getBody()).items());
    }
}
