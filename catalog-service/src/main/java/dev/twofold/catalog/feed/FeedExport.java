package dev.twofold.catalog.feed;

import dev.twofold.Metadata;
import dev.twofold.catalog.feed.FeedRow.Bad;
import dev.twofold.catalog.feed.FeedRow.Good;
import dev.twofold.catalog.product.Money;
import dev.twofold.catalog.product.ProductDetails;
import dev.twofold.catalog.product.ProductPage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Currency;
import java.util.HashMap;
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
final class FeedExport {
    private static final int NAMED = 10;

    private final FeedChunks chunks;

    FeedExport(FeedChunks chunks) {
        this.chunks = chunks;
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
        for (FeedChunk chunk = chunks.after("", notBefore, metadata);
                !chunk.isLast();
                chunk = chunks.after(chunk.last(), notBefore, metadata)) {
            Map<String, String> unstated = unstated(chunk);
            for (ProductPage product : chunk.products()) {
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
        for (FeedChunk chunk = chunks.after("", survey.position, metadata);
                !chunk.isLast();
                chunk = chunks.after(chunk.last(), survey.position, metadata)) {
            Map<String, String> unstated = new HashMap<>(unstated(chunk));
            for (ProductPage product : chunk.products()) {
                if (!attributes.containsAll(FeedSheet.attributes(product))) {
                    unstated.putIfAbsent(product.id(), "it has got a new attribute meanwhile");
                }
            }
            if (!unstated.isEmpty() && !partial) {
                throw new FeedException("products have changed meanwhile: " + unstated);
            }
            out.write(
                    survey.sheet.lines(
                            chunk.products().stream()
                                    .filter(product -> !unstated.containsKey(product.id()))
                                    .toList()));
        }
    }

    /// Why products cannot be stated, by their ids.
    private static Map<String, String> unstated(FeedChunk chunk) {
        List<ProductPage> products = chunk.products();
        if (products.isEmpty() || areStated(products, chunk)) {
            return Map.of();
        }
        Map<String, String> reasons = new HashMap<>();
        for (ProductPage product : products) {
            fault(product, chunk).ifPresent(reason -> reasons.put(product.id(), reason));
        }
        return reasons;
    }

    private static boolean areStated(List<ProductPage> products, FeedChunk chunk) {
        try {
            List<FeedRow> rows = readBack(products);
            if (rows.size() != products.size()) {
                return false;
            }
            for (int i = 0; i < rows.size(); i++) {
                if (fault(products.get(i), rows.get(i), chunk).isPresent()) {
                    return false;
                }
            }
            return true;
        } catch (FeedException _) {
            return false; // the columns of one of them
        }
    }

    private static Optional<String> fault(ProductPage product, FeedChunk chunk) {
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
                ? fault(product, rows.getFirst(), chunk)
                : Optional.of("it would be read as several lines");
    }

    private static Optional<String> fault(ProductPage product, FeedRow row, FeedChunk chunk) {
        return switch (row) {
            case Bad(var problem) ->
                    Optional.of(
                            "%s \"%s\": %s"
                                    .formatted(
                                            problem.column(), problem.value(), problem.reason()));
            case Good(var item, _) -> difference(product, item, chunk);
        };
    }

    private static Optional<String> difference(
            ProductPage product, FeedItem item, FeedChunk chunk) {
        String brand = product.brandName();
        List<String> path = FeedChunk.path(product);
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
                                        : means(
                                                brand,
                                                product.brandId(),
                                                chunk.brands().get(brand)))
                .or(
                        () ->
                                path.isEmpty()
                                        ? Optional.empty()
                                        : means(
                                                String.join(" > ", path),
                                                product.categoryId(),
                                                chunk.categories().get(path)));
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
