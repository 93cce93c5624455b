package dev.twofold.catalog.search;

import dev.twofold.Metadata;
import dev.twofold.QueryBus;
import dev.twofold.catalog.http.Cursor;
import dev.twofold.catalog.http.Freshness;
import dev.twofold.catalog.http.Mapped;
import dev.twofold.catalog.http.Parameters;
import dev.twofold.catalog.http.Shown;
import dev.twofold.catalog.http.ViewQuery;
import dev.twofold.catalog.http.WebPage;
import dev.twofold.catalog.product.ProductPage;
import dev.twofold.catalog.search.SearchResult.Facets;
import dev.twofold.catalog.search.SearchResult.Hit;
import dev.twofold.catalog.search.SuggestProducts.Suggestions;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.servlet.ModelAndView;

/// Search and suggestions over HTTP, as JSON for programs and as HTML for people.
@RestController
final class SearchEndpoints {
    private static final WebPage PAGE = new WebPage("search", "found");
    private static final Set<String> SUGGESTION_PARAMETERS = Set.of("prefix", "limit");
    private static final int MOST_SUGGESTIONS = 20;
    private static final int SUGGESTIONS = 8;

    private final QueryBus queries;
    private final ViewQuery<ProductPage> view;

    SearchEndpoints(QueryBus queries, SearchView searchView) {
        this.queries = queries;
        this.view = searchView.query();
    }

    /// What was found.
    ///
    /// @param query the words that were looked for in the end; null for none
    /// @param matching `as-asked`, `corrected` or `some-words`
    /// @param didYouMean words that more products have, when hardly any has those
    /// @param next where the hits that follow are; null after the last
    record Found(
            List<Hit> items,
            @Nullable String query,
            String matching,
            @Nullable String didYouMean,
            @Nullable Facets facets,
            @Nullable String next) {
        Found {
            items = List.copyOf(items);
        }
    }

    /// @param kind `category`, `brand` or `product`
    /// @param address where it is
    record Suggestion(String text, String kind, String address) {}

    record Suggested(List<Suggestion> items) {
        Suggested {
            items = List.copyOf(items);
        }
    }

    @GetMapping(path = "/search", produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<byte[]> search(
            HttpServletRequest request, Freshness freshness, Metadata metadata) {
        SearchRequest asked = SearchRequest.of(request);
        Shown<Found> found = found(asked, freshness, metadata);
        String next = found.content().next;
        return next == null ? found.json() : Mapped.withNext(found.json(), next);
    }

    @GetMapping(path = "/search", produces = MediaType.TEXT_HTML_VALUE)
    @Nullable ModelAndView webSearch(
            ServletWebRequest request, Freshness freshness, Metadata metadata) {
        SearchRequest asked = SearchRequest.of(request.getRequest());
        Shown<Found> found = found(asked, freshness, metadata);
        ModelAndView page = PAGE.show(found.page(), request);
        return page == null
                ? null
                : page.addObject("text", asked.text())
                        .addObject("asked", asked)
                        .addObject("links", new SearchLinks(asked, found.content()));
    }

    @GetMapping(path = "/suggestions", produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<byte[]> suggestions(
            HttpServletRequest request, Freshness freshness, Metadata metadata) {
        Parameters parameters = Parameters.of(request, SUGGESTION_PARAMETERS);
        String prefix = parameters.text("prefix").orElse("");
        if (prefix.length() > SuggestProducts.LONGEST_PREFIX) {
            throw parameters.invalid(
                    "prefix", "of at most %d characters".formatted(SuggestProducts.LONGEST_PREFIX));
        }
        int limit = parameters.number("limit", 1, MOST_SUGGESTIONS).orElse(SUGGESTIONS);
        return view.list(
                        freshness,
                        notBefore ->
                                queries.ask(
                                        new SuggestProducts(prefix, limit, notBefore), metadata),
                        SearchEndpoints::suggested)
                .json();
    }

    private Shown<Found> found(SearchRequest asked, Freshness freshness, Metadata metadata) {
        SearchProducts query = asked.query();
        return view.list(
                freshness,
                notBefore -> queries.ask(query.noOlderThan(notBefore), metadata),
                result -> shown(asked, result));
    }

    private static Found shown(SearchRequest asked, SearchResult result) {
        return new Found(
                result.hits(),
                result.text(),
                label(result.matching()),
                result.didYouMean(),
                result.facets(),
                result.last() == null
                        ? null
                        : asked.withText(result.text())
                                .address(new Cursor(asked.query().sort().parts(result.last()))));
    }

    private static Suggested suggested(Suggestions suggestions) {
        return new Suggested(
                suggestions.items().stream()
                        .map(one -> new Suggestion(one.text(), label(one.kind()), address(one)))
                        .toList());
    }

    private static String address(SuggestProducts.Suggestion one) {
        String id = one.id();
        if (id == null) {
            return SearchRequest.forText(one.text()).address();
        }
        return switch (one.kind()) {
            case PRODUCT -> "/products/" + id;
            case CATEGORY -> SearchRequest.ANY.withCategory(id).address();
            case BRAND -> SearchRequest.ANY.withBrands(List.of(id)).address();
        };
    }

    private static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
