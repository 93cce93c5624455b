package dev.twofold.catalog.search;

import dev.twofold.catalog.search.SearchEndpoints.Found;
import dev.twofold.catalog.search.SearchFilter.Facet;
import dev.twofold.catalog.search.SearchResult.CategoryCount;
import dev.twofold.catalog.search.SearchResult.Facets;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The links of a search page: to the same search in another order, or of other kinds.
///
/// A link of a kind that is chosen already takes the choice back.
final class SearchLinks {
    private final SearchRequest asked;
    private final @Nullable Facets facets;
    private final @Nullable String didYouMean;

    SearchLinks(SearchRequest asked, Found found) {
        this.asked = asked;
        this.facets = found.facets();
        this.didYouMean = found.didYouMean();
    }

    /// @param depth how far below the top
    public record Link(String title, String address, long count, boolean chosen, int depth) {}

    /// @param links in the order in which they are shown
    public record Group(String title, List<Link> links) {}

    public List<Link> orders() {
        return Stream.of(SearchSort.values())
                .filter(sort -> sort != SearchSort.RELEVANCE || asked.text() != null)
                .map(
                        sort ->
                                new Link(
                                        sort.title,
                                        asked.withSort(sort).address(),
                                        0,
                                        sort == asked.order(),
                                        0))
                .toList();
    }

    /// Where the search is without any choice; null if there is none.
    public @Nullable String all() {
        return asked.filter().equals(SearchFilter.ANY)
                ? null
                : asked.with(SearchFilter.ANY).address();
    }

    public @Nullable String didYouMean() {
        return didYouMean == null ? null : asked.withText(didYouMean).address();
    }

    public List<Group> groups() {
        Facets counts = facets;
        return counts == null
                ? List.of()
                : Stream.of(
                                new Group("Category", categories(counts)),
                                new Group("Brand", brands(counts)),
                                new Group("Price", prices(counts)),
                                new Group("Rating", ratings(counts)),
                                new Group("Availability", stock(counts)))
                        .filter(group -> !group.links.isEmpty())
                        .toList();
    }

    private List<Link> categories(Facets counts) {
        List<Link> links = new ArrayList<>();
        addCategories(counts.categories(), null, 0, links);
        return links;
    }

    private void addCategories(
            List<CategoryCount> categories, @Nullable String parent, int depth, List<Link> links) {
        for (CategoryCount category : categories) {
            if (Objects.equals(category.parentId(), parent)) {
                boolean chosen = category.id().equals(asked.filter().categoryId());
                links.add(
                        link(
                                category.name(),
                                asked.filter().withCategory(chosen ? parent : category.id()),
                                category.count(),
                                chosen,
                                depth));
                addCategories(categories, category.id(), depth + 1, links);
            }
        }
    }

    private List<Link> brands(Facets counts) {
        List<String> chosen = asked.filter().brandIds();
        return counts.brands().stream()
                .map(
                        brand -> {
                            boolean has = chosen.contains(brand.id());
                            List<String> other =
                                    has
                                            ? chosen.stream()
                                                    .filter(id -> !id.equals(brand.id()))
                                                    .toList()
                                            : Stream.concat(chosen.stream(), Stream.of(brand.id()))
                                                    .toList();
                            return link(
                                    brand.name(),
                                    asked.filter().withBrands(other),
                                    brand.count(),
                                    has,
                                    0);
                        })
                .toList();
    }

    private List<Link> prices(Facets counts) {
        return counts.prices().stream()
                .map(
                        range -> {
                            boolean chosen =
                                    asked.filter().has(Facet.PRICE)
                                            && same(asked.filter().minPrice(), range.from())
                                            && same(asked.filter().maxPrice(), range.to());
                            return link(
                                    range.to() == null
                                            ? "%s and more".formatted(range.from())
                                            : "%s to %s".formatted(range.from(), range.to()),
                                    chosen
                                            ? asked.filter().without(Facet.PRICE)
                                            : asked.filter().withPrice(range.from(), range.to()),
                                    range.count(),
                                    chosen,
                                    0);
                        })
                .toList();
    }

    private List<Link> ratings(Facets counts) {
        return counts.ratings().stream()
                .map(
                        rating -> {
                            BigDecimal least = BigDecimal.valueOf(rating.atLeast());
                            boolean chosen = same(asked.filter().minRating(), least);
                            return link(
                                    "★ %d and more".formatted(rating.atLeast()),
                                    asked.filter().withRating(chosen ? null : least),
                                    rating.count(),
                                    chosen,
                                    0);
                        })
                .toList();
    }

    private List<Link> stock(Facets counts) {
        boolean chosen = Boolean.TRUE.equals(asked.filter().inStock());
        return List.of(
                link(
                        "In stock",
                        asked.filter().withStock(chosen ? null : true),
                        counts.stock().inStock(),
                        chosen,
                        0));
    }

    private Link link(String title, SearchFilter filter, long count, boolean chosen, int depth) {
        return new Link(title, asked.with(filter).address(), count, chosen, depth);
    }

    private static boolean same(@Nullable BigDecimal one, @Nullable BigDecimal other) {
        if (one == null || other == null) {
            return one == null && other == null;
        }
        return one.compareTo(other) == 0;
    }
}
