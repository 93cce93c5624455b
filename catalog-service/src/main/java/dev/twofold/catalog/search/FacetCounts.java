package dev.twofold.catalog.search;

import dev.twofold.Codec;
import dev.twofold.catalog.category.CategoryPath;
import dev.twofold.catalog.search.SearchFilter.Facet;
import dev.twofold.catalog.search.SearchResult.BrandCount;
import dev.twofold.catalog.search.SearchResult.CategoryCount;
import dev.twofold.catalog.search.SearchResult.Facets;
import dev.twofold.catalog.search.SearchResult.PriceCount;
import dev.twofold.catalog.search.SearchResult.RatingCount;
import dev.twofold.catalog.search.SearchResult.StockCount;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Counts what was found by kind.
///
/// One statement counts by all kinds at once. A kind that is filtered by is counted without its own
/// filter, by the same statement once more: that is one for the whole, and one for each filter.
final class FacetCounts {
    static final int MOST_COUNTED = 10_000;
    private static final int MOST_BRANDS = 12;
    private static final int MOST_CATEGORIES = 30;
    private static final int MOST_STARS = 5;

    /// Where price ranges end: the usual steps of 1, 2 and 5.
    private static final List<BigDecimal> PRICES =
            IntStream.rangeClosed(0, 6)
                    .boxed()
                    .flatMap(
                            tens ->
                                    Stream.of(1, 2, 5)
                                            .map(
                                                    n ->
                                                            BigDecimal.valueOf(n)
                                                                    .scaleByPowerOfTen(tens)))
                    .map(price -> new BigDecimal(price.toPlainString()))
                    .toList();

    private static final BigDecimal CENT = new BigDecimal("0.01");

    private static final String COUNT =
            """
            SELECT grouping(category_path, brand_id, price_range, stars, in_stock),
              category_path::text, brand_id, brand_name, price_range, stars, in_stock, count(*)
            FROM (
              SELECT category_path, brand_id, brand_name, in_stock, floor(by_rating)::int AS stars,
                width_bucket(by_price, ?::numeric[]) AS price_range
              FROM ${search} WHERE sold
            """
                    + SearchConditions.SQL
                    + """
                      ORDER BY by_rating DESC, key DESC LIMIT ?) AS found
                    GROUP BY GROUPING SETS (
                      (category_path), (brand_id, brand_name), (price_range), (stars), (in_stock), ())
                    """;

    /// What `grouping` says of each set: the bits of the columns that are not in it.
    private static final int BY_CATEGORY = 0b01111;

    private static final int BY_BRAND = 0b10111;
    private static final int BY_PRICE = 0b11011;
    private static final int BY_STARS = 0b11101;
    private static final int BY_STOCK = 0b11110;
    private static final int ALL = 0b11111;

    private final SearchLanguage language;
    private final Codec codec;

    FacetCounts(SearchLanguage language, Codec codec) {
        this.language = language;
        this.codec = codec;
    }

    /// What one statement has counted.
    ///
    /// @param categories by the paths that lead to them
    /// @param prices by the number of the range
    private record Counted(
            Map<CategoryPath, Long> categories,
            Map<BrandCount, Long> brands,
            Map<Integer, Long> prices,
            Map<Integer, Long> stars,
            Map<Boolean, Long> stock,
            long total) {}

    Facets count(Connection connection, @Nullable String words, SearchFilter filter)
            throws SQLException {
        Counted all = counted(connection, words, filter);
        long most = all.total;
        Map<Facet, Counted> each = new LinkedHashMap<>();
        for (Facet facet : Facet.values()) {
            Counted own =
                    filter.has(facet) ? counted(connection, words, filter.without(facet)) : all;
            each.put(facet, own);
            most = Math.max(most, own.total);
        }
        return new Facets(
                Math.min(all.total, MOST_COUNTED),
                most > MOST_COUNTED,
                categories(of(each, Facet.CATEGORY).categories, filter.categoryId()),
                brands(of(each, Facet.BRAND).brands, filter.brandIds()),
                prices(of(each, Facet.PRICE).prices),
                ratings(of(each, Facet.RATING).stars),
                new StockCount(
                        of(each, Facet.STOCK).stock.getOrDefault(true, 0L),
                        of(each, Facet.STOCK).stock.getOrDefault(false, 0L)));
    }

    private static Counted of(Map<Facet, Counted> each, Facet facet) {
        return Objects.requireNonNull(each.get(facet));
    }

    /// The statement that counts.
    ///
    /// @param prefix what is put in front, such as EXPLAIN
    PreparedStatement statement(
            String prefix, Connection connection, @Nullable String words, SearchFilter filter)
            throws SQLException {
        List<@Nullable Object> values = new ArrayList<>();
        values.add(
                connection.createArrayOf(
                        "numeric",
                        Stream.concat(Stream.of(BigDecimal.ZERO), PRICES.stream()).toArray()));
        values.addAll(SearchConditions.values(words, filter));
        values.add(MOST_COUNTED + 1);
        return SearchConditions.prepared(connection, language.in(prefix + COUNT), values);
    }

    private Counted counted(Connection connection, @Nullable String words, SearchFilter filter)
            throws SQLException {
        Map<CategoryPath, Long> categories = new LinkedHashMap<>();
        Map<BrandCount, Long> brands = new LinkedHashMap<>();
        Map<Integer, Long> prices = new LinkedHashMap<>();
        Map<Integer, Long> stars = new LinkedHashMap<>();
        Map<Boolean, Long> stock = new LinkedHashMap<>();
        long total = 0;
        try (PreparedStatement statement = statement("", connection, words, filter);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                long count = row.getLong(8);
                switch (row.getInt(1)) {
                    case BY_CATEGORY -> categories.put(path(row.getString(2)), count);
                    case BY_BRAND -> {
                        String id = row.getString(3);
                        if (id != null) {
                            brands.put(new BrandCount(id, row.getString(4), 0), count);
                        }
                    }
                    case BY_PRICE -> prices.put(row.getInt(5), count);
                    case BY_STARS -> stars.put(row.getInt(6), count);
                    case BY_STOCK -> stock.put(row.getBoolean(7), count);
                    case ALL -> total = count;
                    default -> throw new IllegalStateException("there is no set " + row.getInt(1));
                }
            }
        }
        return new Counted(categories, brands, prices, stars, stock, total);
    }

    private CategoryPath path(@Nullable String steps) {
        return codec.decode(
                "{\"steps\":%s}".formatted(steps == null ? "[]" : steps), CategoryPath.class);
    }

    private record Category(CategoryPath.Step step, CategoryPath.@Nullable Step parent) {}

    /// The categories at the top, those above the one that is filtered by, itself, and those right
    /// below it; if they are too many, those with the most products.
    private static List<CategoryCount> categories(
            Map<CategoryPath, Long> paths, @Nullable String chosen) {
        Set<String> open = new HashSet<>();
        if (chosen != null) {
            for (CategoryPath path : paths.keySet()) {
                List<String> ids = path.steps().stream().map(CategoryPath.Step::id).toList();
                open.addAll(ids.subList(0, ids.indexOf(chosen) + 1));
            }
        }
        Map<Category, Long> counts = new LinkedHashMap<>();
        paths.forEach(
                (path, count) -> {
                    CategoryPath.Step parent = null;
                    for (CategoryPath.Step step : path.steps()) {
                        if (parent == null || open.contains(parent.id())) {
                            counts.merge(new Category(step, parent), count, Long::sum);
                        }
                        parent = step;
                    }
                });
        return counts.entrySet().stream()
                .map(
                        entry ->
                                new CategoryCount(
                                        entry.getKey().step.id(),
                                        entry.getKey().step.name(),
                                        entry.getKey().parent == null
                                                ? null
                                                : entry.getKey().parent.id(),
                                        entry.getValue()))
                .sorted(
                        Comparator.comparing((CategoryCount count) -> !open.contains(count.id()))
                                .thenComparing(
                                        Comparator.comparingLong(CategoryCount::count).reversed())
                                .thenComparing(CategoryCount::id))
                .limit(MOST_CATEGORIES)
                .toList();
    }

    /// The brands with the most products, and those that are filtered by.
    private static List<BrandCount> brands(Map<BrandCount, Long> counts, List<String> chosen) {
        return counts.entrySet().stream()
                .map(
                        entry ->
                                new BrandCount(
                                        entry.getKey().id(),
                                        entry.getKey().name(),
                                        entry.getValue()))
                .sorted(
                        Comparator.comparing((BrandCount count) -> !chosen.contains(count.id()))
                                .thenComparing(
                                        Comparator.comparingLong(BrandCount::count).reversed())
                                .thenComparing(BrandCount::id))
                .limit(Math.max(MOST_BRANDS, chosen.size()))
                .toList();
    }

    /// Range 1 is below the first of the prices.
    private static List<PriceCount> prices(Map<Integer, Long> counts) {
        return counts.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(
                        entry -> {
                            int range = Math.max(1, entry.getKey());
                            return new PriceCount(
                                    range == 1 ? BigDecimal.ZERO : PRICES.get(range - 2),
                                    range > PRICES.size()
                                            ? null
                                            : PRICES.get(range - 1).subtract(CENT),
                                    entry.getValue());
                        })
                .toList();
    }

    private static List<RatingCount> ratings(Map<Integer, Long> stars) {
        List<RatingCount> counts = new ArrayList<>();
        long count = 0;
        for (int least = MOST_STARS; least >= 1; least--) {
            count += stars.getOrDefault(least, 0L);
            if (count > 0) {
                counts.add(new RatingCount(least, count));
            }
        }
        return counts;
    }
}
