package dev.twofold.catalog.feed;

import dev.twofold.Codec;
import dev.twofold.Metadata;
import dev.twofold.catalog.brand.Brands;
import dev.twofold.catalog.category.Categories;
import dev.twofold.catalog.category.CategoryPath;
import dev.twofold.catalog.feed.FeedRow.Bad;
import dev.twofold.catalog.feed.FeedRow.Good;
import dev.twofold.catalog.product.Money;
import dev.twofold.catalog.product.ProductDetails;
import dev.twofold.catalog.product.ProductPage;
import dev.twofold.catalog.product.ProductPages;
import dev.twofold.catalog.product.ProductPages.Page;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// All products for sale as a feed in the form that [FeedReader] reads.
///
/// Every line is read back before it is sent. A product that a feed cannot state so that an import
/// makes the same of it, such as one in a category whose name has a `>`, is found that way. The
/// catalog is gone through twice: once for the columns and such products, and once to write. Holds
/// a chunk of products in memory. Safe for use by many threads.
public final class FeedExport {
    private static final int NAMED = 10;

    private final ProductPages pages;
    private final Codec codec;
    private final Brands brands;
    private final Categories categories;

    public FeedExport(ProductPages pages, Codec codec, Brands brands, Categories categories) {
        this.pages = pages;
        this.codec = codec;
        this.brands = brands;
        this.categories = categories;
    }

    /// A product that no feed can state.
    ///
    /// @param reason what an import would make of it
    record Unstated(String productId, String reason) {}

    /// What a feed of the catalog comes to.
    ///
    /// @param unstated the first of the products that it cannot state
    /// @param unstatedCount of all of them
    /// @param position that all products were taken from or later
    record Survey(FeedSheet sheet, List<Unstated> unstated, long unstatedCount, long position) {
        Survey {
            unstated = List.copyOf(unstated);
        }

        boolean hasTooManyColumns() {
            return sheet.columns() > FeedHeader.MAX_COLUMNS;
        }
    }

    /// Looks at all products for sale.
    ///
    /// @param notBefore a position that the product pages have reached
    Survey survey(long notBefore, Metadata metadata) {
        Set<String> attributes = new TreeSet<>();
        List<Unstated> named = new ArrayList<>();
        long count = 0;
        String last = "";
        for (List<Page> chunk = pages.after(last, notBefore, metadata);
                !chunk.isEmpty();
                chunk = pages.after(last, notBefore, metadata)) {
            last = chunk.getLast().id();
            List<ProductPage> products = forSale(chunk);
            Map<String, String> unstated = unstated(products);
            for (ProductPage product : products) {
                String reason = unstated.get(product.id());
                if (reason == null) {
                    attributes.addAll(FeedSheet.attributes(product));
                } else if (count++ < NAMED) {
                    named.add(new Unstated(product.id(), reason));
                }
            }
        }
        return new Survey(new FeedSheet(List.copyOf(attributes)), named, count, notBefore);
    }

    /// Writes the header and a line for each product for sale.
    ///
    /// @param partial whether products that a feed cannot state are left out
    /// @throws FeedException if there is such a product and it may not be left out, or one has got
    ///   an attribute that none had in the survey; what was written is no whole feed then
    void write(Survey survey, boolean partial, OutputStream out, Metadata metadata)
            throws IOException {
        out.write(survey.sheet.header());
        Set<String> attributes = Set.copyOf(survey.sheet.attributes());
        String last = "";
        for (List<Page> chunk = pages.after(last, survey.position, metadata);
                !chunk.isEmpty();
                chunk = pages.after(last, survey.position, metadata)) {
            last = chunk.getLast().id();
            List<ProductPage> products = forSale(chunk);
            Map<String, String> unstated = new HashMap<>(unstated(products));
            for (ProductPage product : products) {
                if (!attributes.containsAll(FeedSheet.attributes(product))) {
                    unstated.putIfAbsent(product.id(), "it has got a new attribute meanwhile");
                }
            }
            if (!unstated.isEmpty() && !partial) {
                throw new FeedException("products have changed meanwhile: " + unstated);
            }
            out.write(
                    survey.sheet.lines(
                            products.stream()
                                    .filter(product -> !unstated.containsKey(product.id()))
                                    .toList()));
        }
    }

    private List<ProductPage> forSale(List<Page> chunk) {
        return chunk.stream()
                .map(page -> codec.decode(page.json(), ProductPage.class))
                .filter(page -> !page.discontinued())
                .toList();
    }

    /// Why products cannot be stated, by their ids.
    private Map<String, String> unstated(List<ProductPage> products) {
        if (products.isEmpty()) {
            return Map.of();
        }
        Names names = names(products);
        if (areStated(products, names)) {
            return Map.of();
        }
        Map<String, String> reasons = new HashMap<>();
        for (ProductPage product : products) {
            fault(product, names).ifPresent(reason -> reasons.put(product.id(), reason));
        }
        return reasons;
    }

    /// Whom the names of brands and categories stand for.
    private record Names(Map<String, String> brands, Map<List<String>, String> categories) {}

    private Names names(List<ProductPage> products) {
        Set<String> brandNames = new HashSet<>();
        Set<List<String>> paths = new HashSet<>();
        for (ProductPage product : products) {
            if (product.brandName() != null) {
                brandNames.add(product.brandName());
            }
            paths.add(path(product));
        }
        paths.remove(List.<String>of());
        return new Names(brands.ids(brandNames), categories.ids(paths));
    }

    private static boolean areStated(List<ProductPage> products, Names names) {
        try {
            List<FeedRow> rows = readBack(products);
            if (rows.size() != products.size()) {
                return false;
            }
            for (int i = 0; i < rows.size(); i++) {
                if (fault(products.get(i), rows.get(i), names).isPresent()) {
                    return false;
                }
            }
            return true;
        } catch (FeedException _) {
            return false; // the columns of one of them
        }
    }

    private static Optional<String> fault(ProductPage product, Names names) {
        for (String attribute : FeedSheet.attributes(product)) {
            String column = FeedHeader.plain(attribute);
            if (!column.equals(attribute) || FeedReader.KNOWN.contains(column)) {
                return Optional.of(
                        "the attribute \"%s\" would be the column %s, which is something else"
                                .formatted(attribute, column));
            }
        }
        List<FeedRow> rows = readBack(List.of(product));
        return rows.size() == 1
                ? fault(product, rows.getFirst(), names)
                : Optional.of("it would be read as several lines");
    }

    private static Optional<String> fault(ProductPage product, FeedRow row, Names names) {
        return switch (row) {
            case Bad(var problem) ->
                    Optional.of(
                            "%s \"%s\": %s"
                                    .formatted(
                                            problem.column(), problem.value(), problem.reason()));
            case Good(var item, _) -> difference(product, item, names);
        };
    }

    private static Optional<String> difference(ProductPage product, FeedItem item, Names names) {
        String brand = product.brandName();
        List<String> path = path(product);
        ProductDetails now = details(product);
        ProductDetails read = item.details();
        return differs("id", product.sku(), item.sku())
                .or(() -> differs("title", now.name(), read.name()))
                .or(() -> differs("description", now.description(), read.description()))
                .or(() -> differs("quantity", now.stock(), read.stock()))
                .or(() -> differs("attributes", now.attributes(), read.attributes()))
                .or(() -> differs("price", now, read))
                .or(() -> differs("brand", brand, item.brand()))
                .or(() -> differs("product_type", path, item.category()))
                .or(
                        () ->
                                brand == null
                                        ? Optional.empty()
                                        : means(brand, product.brandId(), names.brands.get(brand)))
                .or(
                        () ->
                                path.isEmpty()
                                        ? Optional.empty()
                                        : means(
                                                String.join(" > ", path),
                                                product.categoryId(),
                                                names.categories.get(path)));
    }

    private static Optional<String> differs(
            String column, @Nullable Object now, @Nullable Object read) {
        return Objects.equals(now, read)
                ? Optional.empty()
                : Optional.of(
                        "%s would be read as \"%s\" and is \"%s\"".formatted(column, read, now));
    }

    private static Optional<String> means(
            String name, @Nullable String id, @Nullable String found) {
        return Objects.equals(id, found)
                ? Optional.empty()
                : Optional.of("\"%s\" would mean %s and is %s".formatted(name, found, id));
    }

    private static List<FeedRow> readBack(List<ProductPage> products) {
        FeedSheet sheet = FeedSheet.of(products);
        try {
            FeedReader reader =
                    new FeedReader(
                            new SequenceInputStream(
                                    new ByteArrayInputStream(sheet.header()),
                                    new ByteArrayInputStream(sheet.lines(products))));
            List<FeedRow> rows = new ArrayList<>(products.size());
            for (FeedRow row = reader.next(); row != null; row = reader.next()) {
                rows.add(row);
            }
            return rows;
        } catch (IOException e) {
            throw new UncheckedIOException(e); // there is none in memory
        }
    }

    private static List<String> path(ProductPage product) {
        return product.categoryPath().stream().map(CategoryPath.Step::name).toList();
    }

    /// The product's details as a feed states them, which knows brands and categories by name.
    private static ProductDetails details(ProductPage page) {
        Currency currency = Currency.getInstance(page.currency());
        return new ProductDetails(
                page.name(),
                page.description(),
                new Money(page.price(), currency),
                page.salePrice() == null ? null : new Money(page.salePrice(), currency),
                page.stock(),
                null,
                null,
                page.attributes());
    }
}
