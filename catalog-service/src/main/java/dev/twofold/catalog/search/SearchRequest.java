package dev.twofold.catalog.search;

import dev.twofold.catalog.http.Cursor;
import dev.twofold.catalog.http.Parameters;
import dev.twofold.catalog.http.Problem;
import dev.twofold.catalog.search.SearchSort.Place;
import jakarta.servlet.http.HttpServletRequest;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.util.UriComponentsBuilder;

/// What the parameters of a search ask for, and the addresses of searches like it.
///
/// @param text null for none
/// @param sort null for the one that fits: by relevance if there is a text, else by rating
/// @param after null for the first page
/// @param facets whether to count
record SearchRequest(
        @Nullable String text,
        SearchFilter filter,
        @Nullable SearchSort sort,
        @Nullable Place after,
        int limit,
        boolean facets) {
    private static final int DEFAULT_LIMIT = 20;
    private static final int MAX_LIMIT = 100;
    private static final Set<String> PARAMETERS =
            Set.of(
                    "q",
                    "category",
                    "brand",
                    "minPrice",
                    "maxPrice",
                    "minRating",
                    "inStock",
                    "sort",
                    "limit",
                    "after",
                    "facets");
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,12}(\\.[0-9]{1,6})?");

    /// All products.
    static final SearchRequest ANY =
            new SearchRequest(null, SearchFilter.ANY, null, null, DEFAULT_LIMIT, true);

    static SearchRequest forText(String text) {
        return ANY.withText(text);
    }

    /// @throws Problem if a parameter is none that can be answered
    static SearchRequest of(HttpServletRequest request) {
        Parameters parameters = Parameters.of(request, PARAMETERS);
        String text = text(parameters);
        SearchSort sort =
                parameters.text("sort").map(label -> sort(parameters, label)).orElse(null);
        if (sort == SearchSort.RELEVANCE && text == null) {
            throw parameters.invalid("sort", "another order when there is no q");
        }
        SearchSort order = sort == null ? fitting(text) : sort;
        return new SearchRequest(
                text,
                filter(parameters),
                sort,
                parameters.text("after").map(after -> place(parameters, after, order)).orElse(null),
                parameters.number("limit", 1, MAX_LIMIT).orElse(DEFAULT_LIMIT),
                parameters.truth("facets").orElse(true));
    }

    private static @Nullable String text(Parameters parameters) {
        String text = parameters.text("q").map(String::strip).orElse("");
        if (text.length() > SearchProducts.LONGEST_TEXT) {
            throw Problem.of(
                            HttpStatus.BAD_REQUEST,
                            "query-too-long",
                            "q has at most %d characters, but has %d; a few words are enough"
                                    .formatted(SearchProducts.LONGEST_TEXT, text.length()))
                    .field("q", text);
        }
        return text.isEmpty() ? null : text;
    }

    private static SearchFilter filter(Parameters parameters) {
        SearchFilter filter =
                new SearchFilter(
                        parameters.text("category").orElse(null),
                        parameters
                                .text("brand")
                                .map(brands -> List.of(brands.split(",")))
                                .orElse(List.of()),
                        number(parameters, "minPrice").orElse(null),
                        number(parameters, "maxPrice").orElse(null),
                        number(parameters, "minRating").orElse(null),
                        parameters.truth("inStock").orElse(null));
        if (filter.brandIds().size() > SearchProducts.MOST_BRANDS) {
            throw parameters.invalid(
                    "brand",
                    "at most %d ids with commas between them"
                            .formatted(SearchProducts.MOST_BRANDS));
        }
        return filter;
    }

    private static Optional<BigDecimal> number(Parameters parameters, String name) {
        return parameters
                .text(name)
                .map(
                        text -> {
                            if (!NUMBER.matcher(text).matches()) {
                                throw parameters.invalid(name, "a number such as 19.99");
                            }
                            return new BigDecimal(text);
                        });
    }

    private static SearchSort sort(Parameters parameters, String label) {
        return SearchSort.of(label)
                .orElseThrow(
                        () ->
                                parameters.invalid(
                                        "sort", "relevance, rating, price, -price or name"));
    }

    private static Place place(Parameters parameters, String text, SearchSort sort) {
        return sort.place(Cursor.parse(text).parts())
                .orElseThrow(
                        () ->
                                parameters.invalid(
                                        "after",
                                        "what a search with sort=%s gave out"
                                                .formatted(sort.label)));
    }

    private static SearchSort fitting(@Nullable String text) {
        return text == null ? SearchSort.RATING : SearchSort.RELEVANCE;
    }

    SearchSort order() {
        return sort == null ? fitting(text) : sort;
    }

    SearchProducts query() {
        return new SearchProducts(text, filter, order(), after, limit, facets, 0);
    }

    SearchRequest withText(@Nullable String other) {
        return new SearchRequest(other, filter, sort, null, limit, facets);
    }

    SearchRequest withSort(@Nullable SearchSort other) {
        return new SearchRequest(text, filter, other, null, limit, facets);
    }

    SearchRequest with(SearchFilter other) {
        return new SearchRequest(text, other, sort, null, limit, facets);
    }

    SearchRequest withCategory(String id) {
        return with(filter.withCategory(id));
    }

    SearchRequest withBrands(List<String> ids) {
        return with(filter.withBrands(ids));
    }

    /// The address of the first page.
    String address() {
        return address(null);
    }

    String address(@Nullable Cursor cursor) {
        Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
        parameters.put("q", text);
        parameters.put("category", filter.categoryId());
        parameters.put(
                "brand", filter.brandIds().isEmpty() ? null : String.join(",", filter.brandIds()));
        parameters.put("minPrice", plain(filter.minPrice()));
        parameters.put("maxPrice", plain(filter.maxPrice()));
        parameters.put("minRating", plain(filter.minRating()));
        parameters.put("inStock", filter.inStock());
        parameters.put("sort", sort == null ? null : sort.label);
        parameters.put("limit", limit == DEFAULT_LIMIT ? null : limit);
        parameters.put("facets", facets ? null : false);
        parameters.put("after", cursor);
        parameters.values().removeIf(Objects::isNull);
        UriComponentsBuilder address = UriComponentsBuilder.fromPath("/search");
        parameters.keySet().forEach(name -> address.queryParam(name, "{%s}".formatted(name)));
        // values are escaped as a whole, also what would be a delimiter or a brace in a template
        return address.encode().buildAndExpand(parameters.values().toArray()).toUriString();
    }

    private static @Nullable String plain(@Nullable BigDecimal number) {
        return number == null ? null : number.toPlainString();
    }
}
