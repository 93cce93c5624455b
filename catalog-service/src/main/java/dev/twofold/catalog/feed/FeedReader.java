package dev.twofold.catalog.feed;

import dev.twofold.catalog.TextRule;
import dev.twofold.catalog.feed.FeedRecords.Fields;
import dev.twofold.catalog.product.Money;
import dev.twofold.catalog.product.ProductDetails;
import dev.twofold.catalog.product.ProductRefusal;
import dev.twofold.catalog.product.ProductRules;
import dev.twofold.catalog.product.Stated;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads a product feed in the Google Merchant format
/// (<https://support.google.com/merchants/answer/7052112>), line by line.
///
/// A cell that is empty means that the product has no such thing. A column that is not there says
/// nothing: what it would be about stays as it is, and a new product has no such thing. Columns:
/// `id` (the SKU), `title`, `price`; `description`, `sale_price`, `availability`, `quantity`,
/// `brand`, `product_type` (`A > B > C`); all others are kept as attributes of the product under
/// the column's name.
///
/// The stock is the `quantity`. Without that column an `availability` of `in_stock` means that at
/// least one is there, `out_of_stock` that none is, and any other says nothing of the stock. A line
/// whose quantity contradicts `in_stock` or `out_of_stock` is rejected. `preorder` and `backorder`
/// are kept as an attribute.
///
/// Runs of blanks and line breaks in titles, brands and categories count as one blank; descriptions
/// and attributes are taken as they are, without the blanks around them unless in quotes. A product
/// without a title is named by its id, with a remark. Memory does not grow with the file. Not safe
/// for use by many threads.
final class FeedReader {
    static final Set<String> KNOWN =
            Set.of(
                    "id",
                    "title",
                    "description",
                    "price",
                    "sale_price",
                    "availability",
                    "quantity",
                    "brand",
                    "product_type");
    private static final Set<String> LATER = Set.of("preorder", "backorder");
    private static final TextRule NAME = TextRule.line(200);
    private static final int MAX_DEPTH = 10;

    private final FeedLines lines;
    private final List<String> columns;
    private final FeedRecords records;
    private final Set<String> otherColumns;

    /// Reads the header.
    ///
    /// @throws FeedException if it is not that of a feed
    FeedReader(InputStream in) throws IOException {
        this.lines = new FeedLines(in);
        FeedLines.Line first = lines.next();
        if (first == null) {
            throw new FeedException("the feed is empty; its first line names its columns");
        }
        if (first.fault() != null) {
            throw new FeedException("the first line of the feed cannot be read: " + first.fault());
        }
        FeedHeader header = FeedHeader.parse(first.text());
        this.columns = header.columns();
        this.otherColumns = new HashSet<>(columns);
        otherColumns.removeAll(KNOWN);
        if (columns.contains("availability")) {
            otherColumns.add("availability");
        }
        this.records = new FeedRecords(lines, header.delimiter(), columns.size());
    }

    /// How much of the file was read so far.
    long bytesRead() {
        return lines.bytesRead();
    }

    /// The next row; null at the end of the file.
    @Nullable FeedRow next() throws IOException {
        Fields fields = records.next();
        if (fields == null) {
            return null;
        }
        if (fields.fault() != null) {
            return bad(fields.line(), "", fields.text(), fields.fault());
        }
        try {
            return row(new Cells(fields.line(), cells(fields.values())));
        } catch (BadCell e) {
            return bad(fields.line(), e.column, e.value, e.reason);
        }
    }

    private Map<String, String> cells(List<String> values) {
        Map<String, String> cells = new HashMap<>();
        for (int i = 0; i < columns.size(); i++) {
            String column = columns.get(i);
            String value = values.get(i);
            if (!value.isBlank()) {
                cells.put(column, isFreeText(column) ? value : value.strip());
            }
        }
        return cells;
    }

    private static boolean isFreeText(String column) {
        return column.equals("description") || !KNOWN.contains(column);
    }

    private FeedRow row(Cells cells) throws BadCell {
        List<FeedProblem> remarks = new ArrayList<>();
        String sku = cells.required("id");
        String title = cells.get("title");
        if (title == null) {
            title = sku;
            remarks.add(
                    new FeedProblem(
                            FeedProblem.Kind.NOTED,
                            cells.line,
                            "title",
                            "",
                            "it is empty; the product is named by its id until a feed names it"));
        }
        Money price = cells.money("price", cells.required("price"));
        String salePrice = cells.get("sale_price");
        ProductDetails details =
                new ProductDetails(
                        oneLine(title),
                        cells.get("description"),
                        price,
                        salePrice == null ? null : cells.money("sale_price", salePrice),
                        cells.stock(),
                        null,
                        null,
                        cells.attributes());
        FeedItem item =
                new FeedItem(
                        cells.line,
                        sku,
                        details,
                        stated(cells),
                        cells.name("brand"),
                        cells.path("product_type"));
        Optional<ProductRefusal> refusal =
                ProductRules.checkSku(sku).or(() -> ProductRules.check(details));
        return refusal.isPresent()
                ? new FeedRow.Bad(problem(item.line(), refusal.get()))
                : new FeedRow.Good(item, remarks);
    }

    private Stated stated(Cells cells) {
        return new Stated(
                columns.contains("description"),
                columns.contains("sale_price"),
                !columns.contains("quantity") && !"out_of_stock".equals(cells.availability()),
                columns.contains("brand"),
                columns.contains("product_type"),
                otherColumns);
    }

    /// What a product's refusal says of a line.
    static FeedProblem problem(long line, ProductRefusal refusal) {
        String column =
                switch (refusal.field()) {
                    case "sku", "productId" -> "id";
                    case "name" -> "title";
                    case "salePrice" -> "sale_price";
                    case "stock" -> "quantity";
                    case "brandId" -> "brand";
                    case "categoryId" -> "product_type";
                    default -> refusal.field();
                };
        return FeedProblem.rejected(line, column, refusal.value(), refusal.reason());
    }

    private static FeedRow bad(long line, String column, String value, String reason) {
        return new FeedRow.Bad(FeedProblem.rejected(line, column, value, reason));
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }

    /// The cells of a line that hold something, by column.
    private record Cells(long line, Map<String, String> cells) {
        @Nullable String get(String column) {
            return cells.get(column);
        }

        String required(String column) throws BadCell {
            String value = get(column);
            if (value == null) {
                throw new BadCell(column, "", "it is empty; every product has one");
            }
            return value;
        }

        Money money(String column, String value) throws BadCell {
            try {
                return Money.parse(value);
            } catch (IllegalArgumentException e) {
                throw new BadCell(column, value, String.valueOf(e.getMessage()));
            }
        }

        @Nullable String name(String column) throws BadCell {
            String value = get(column);
            return value == null ? null : name(column, value);
        }

        List<String> path(String column) throws BadCell {
            String value = get(column);
            if (value == null) {
                return List.of();
            }
            List<String> path = new ArrayList<>();
            for (String step : value.split(">", -1)) {
                path.add(name(column, step));
            }
            if (path.size() > MAX_DEPTH) {
                throw new BadCell(
                        column,
                        value,
                        "it has %d levels, the limit is %d".formatted(path.size(), MAX_DEPTH));
            }
            return path;
        }

        String availability() {
            return cells.getOrDefault("availability", "").replace(' ', '_');
        }

        int stock() throws BadCell {
            String availability = availability();
            String quantity = get("quantity");
            int stock = quantity == null ? leastStock(availability) : quantity(quantity);
            boolean consistent =
                    switch (availability) {
                        case "in_stock" -> stock > 0;
                        case "out_of_stock" -> stock == 0;
                        case "preorder", "backorder", "" -> true;
                        default ->
                                throw new BadCell(
                                        "availability",
                                        availability,
                                        "it is in_stock, out_of_stock, preorder or backorder");
                    };
            if (!consistent) {
                throw new BadCell(
                        "quantity",
                        Integer.toString(stock),
                        "it contradicts the availability, %s; correct one of them"
                                .formatted(availability));
            }
            return stock;
        }

        private static int leastStock(String availability) {
            return availability.equals("in_stock") ? 1 : 0;
        }

        private static int quantity(String value) throws BadCell {
            try {
                int quantity = Integer.parseInt(value);
                if (quantity >= 0 && quantity <= ProductRules.MAX_STOCK) {
                    return quantity;
                }
            } catch (NumberFormatException _) {
                // it is refused below, as what is out of range
            }
            throw new BadCell(
                    "quantity",
                    value,
                    "it is a whole number from 0 to %,d".formatted(ProductRules.MAX_STOCK));
        }

        private static String name(String column, String value) throws BadCell {
            String name = oneLine(value);
            Optional<String> fault = NAME.fault(name);
            if (fault.isPresent()) {
                throw new BadCell(column, value, fault.get());
            }
            return name;
        }

        Map<String, String> attributes() {
            Map<String, String> attributes = new HashMap<>(cells);
            attributes.keySet().removeAll(KNOWN);
            String availability = get("availability");
            if (availability != null && LATER.contains(availability)) {
                attributes.put("availability", availability);
            }
            return attributes;
        }
    }

    private static final class BadCell extends Exception {
        private static final long serialVersionUID = 1L;
        private final String column;
        private final String value;
        private final String reason;

        BadCell(String column, String value, String reason) {
            super(reason, null, false, false);
            this.column = column;
            this.value = value;
            this.reason = reason;
        }
    }
}
