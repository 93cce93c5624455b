package dev.twofold.catalog.feed;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import de.siegmar.fastcsv.writer.QuoteStrategy;
import dev.twofold.catalog.category.CategoryPath;
import dev.twofold.catalog.product.Money;
import dev.twofold.catalog.product.ProductPage;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Currency;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Products as lines of a feed with tabs between, for [FeedReader] to read.
///
/// @param attributes the columns besides those that each of these feeds has
record FeedSheet(List<String> attributes) {
    private static final String AVAILABILITY = "availability";
    private static final List<String> FIRST =
            List.of(
                    "id",
                    "title",
                    "description",
                    "price",
                    "sale_price",
                    AVAILABILITY,
                    "quantity",
                    "brand",
                    "product_type");

    FeedSheet {
        attributes = List.copyOf(attributes);
    }

    /// A sheet with a column for each attribute of the products.
    static FeedSheet of(Collection<ProductPage> pages) {
        SortedSet<String> names = new TreeSet<>();
        pages.forEach(page -> names.addAll(attributes(page)));
        return new FeedSheet(List.copyOf(names));
    }

    /// The attributes of a product that are columns of their own.
    static List<String> attributes(ProductPage page) {
        return page.attributes().keySet().stream()
                .filter(name -> !name.equals(AVAILABILITY))
                .toList();
    }

    int columns() {
        return FIRST.size() + attributes.size();
    }

    byte[] header() {
        return text(List.of(Stream.concat(FIRST.stream(), attributes.stream()).toList()));
    }

    byte[] lines(List<ProductPage> pages) {
        return text(pages.stream().map(this::cells).toList());
    }

    private List<String> cells(ProductPage page) {
        Map<String, String> named = page.attributes();
        List<String> cells = new ArrayList<>(columns());
        cells.add(page.sku());
        cells.add(page.name());
        cells.add(page.description() == null ? "" : page.description());
        cells.add(money(page.price(), page.currency()));
        cells.add(page.salePrice() == null ? "" : money(page.salePrice(), page.currency()));
        cells.add(named.getOrDefault(AVAILABILITY, page.stock() > 0 ? "in_stock" : "out_of_stock"));
        cells.add(Integer.toString(page.stock()));
        cells.add(page.brandName() == null ? "" : page.brandName());
        cells.add(
                page.categoryPath().stream()
                        .map(CategoryPath.Step::name)
                        .collect(Collectors.joining(" > ")));
        attributes.forEach(name -> cells.add(named.getOrDefault(name, "")));
        return cells;
    }

    private static String money(BigDecimal amount, String currency) {
        Money money = new Money(amount, Currency.getInstance(currency));
        return money.amount().toPlainString() + " " + currency;
    }

    private static byte[] text(List<List<String>> records) {
        StringWriter text = new StringWriter();
        CsvWriter csv =
                CsvWriter.builder()
                        .fieldSeparator('\t')
                        .lineDelimiter(LineDelimiter.LF)
                        .quoteStrategy(new WithBlanksAround())
                        .bufferSize(0)
                        .build(text);
        records.forEach(csv::writeRecord);
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /// Puts into quotes, besides what needs them anyway, what begins or ends with a blank.
    private static final class WithBlanksAround implements QuoteStrategy {
        @Override
        public boolean quoteValue(int line, int index, String value) {
            return !value.equals(value.strip());
        }
    }
}
