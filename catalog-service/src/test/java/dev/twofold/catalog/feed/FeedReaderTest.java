package dev.twofold.catalog.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.catalog.feed.FeedRow.Bad;
import dev.twofold.catalog.feed.FeedRow.Good;
import dev.twofold.catalog.product.Money;
import dev.twofold.catalog.product.ProductDetails;
import dev.twofold.catalog.product.Stated;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FeedReaderTest {
    @Test
    void reads_a_line_with_all_columns() throws IOException {
        List<FeedRow> rows =
                read(
                        """
                        id,title,description,link,availability,price,sale_price,brand,gtin,\
                        product_type,quantity,condition,color
                        K-1,Kettle,Whistles.,https://shop.example/k1,in_stock,24.90 EUR,19.90 EUR,\
                        Acme,4006381333931,Kitchen > Kettles,7,new,red
                        """);
        assertThat(rows)
                .containsExactly(
                        new Good(
                                new FeedItem(
                                        2,
                                        "K-1",
                                        new ProductDetails(
                                                "Kettle",
                                                "Whistles.",
                                                Money.parse("24.90 EUR"),
                                                Money.parse("19.90 EUR"),
                                                7,
                                                null,
                                                null,
                                                Map.of(
                                                        "link",
                                                        "https://shop.example/k1",
                                                        "gtin",
                                                        "4006381333931",
                                                        "condition",
                                                        "new",
                                                        "color",
                                                        "red")),
                                        new Stated(
                                                true,
                                                true,
                                                false,
                                                true,
                                                true,
                                                Set.of(
                                                        "link",
                                                        "availability",
                                                        "gtin",
                                                        "condition",
                                                        "color")),
                                        "Acme",
                                        List.of("Kitchen", "Kettles")),
                                List.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\t", ",", ";", "|"})
    void finds_the_delimiter_in_the_header(String delimiter) throws IOException {
        String feed = "id,title,price\nK-1,Kettle,24.90 EUR\n".replace(",", delimiter);
        assertThat(details(read(feed)))
                .isEqualTo(ProductDetails.of("Kettle", Money.parse("24.90 EUR"), 0));
    }

    @Test
    void reads_names_of_columns_in_any_case_and_behind_a_byte_order_mark() throws IOException {
        assertThat(read("\uFEFF\"ID\",Title,Price,Sale Price\r\nK-1,Kettle,2 EUR,1 EUR\r\n"))
                .singleElement()
                .isInstanceOf(Good.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "''|the feed is empty",
                "sku,name|[id, price, title] missing from \"sku,name\"",
                "id,title|[price] missing",
                "id,title,price,Title|column \"title\" twice",
                "id,title,price,|the name of column 4 cannot be used: it is blank",
                "\"id,title,price|missing"
            })
    void refuses_a_feed_whose_header_is_none(String header, String message) {
        assertThatThrownBy(() -> read(header))
                .isInstanceOf(FeedException.class)
                .hasMessageContaining(message);
    }

    @Test
    void says_when_a_feed_is_not_utf_8() throws IOException {
        String feed = "id,title,price\nK-1,Théière,2 EUR\nK-2,Pot,2 EUR\n";
        List<FeedRow> rows = read(feed, StandardCharsets.ISO_8859_1);
        assertThat(problem(rows.getFirst()))
                .isEqualTo(
                        FeedProblem.rejected(
                                2,
                                "",
                                "",
                                "byte 7 of it, 0xE9, is not UTF-8; save the feed as UTF-8"));
        assertThat(rows.getLast()).isInstanceOf(Good.class);
        assertThatThrownBy(() -> read(feed, StandardCharsets.UTF_16))
                .isInstanceOf(FeedException.class)
                .hasMessageContaining("not UTF-8");
    }

    @Test
    void keeps_delimiters_quotes_and_line_breaks_inside_quotes() throws IOException {
        String feed = "id,title,price,description\nK-1,\"Kettle, 8\"\" wide\",2 EUR,\"One\ntwo\"\n";
        assertThat(details(read(feed)))
                .extracting(ProductDetails::name, ProductDetails::description)
                .containsExactly("Kettle, 8\" wide", "One\ntwo");
    }

    @Test
    void takes_a_quote_within_an_unquoted_value_as_it_is() throws IOException {
        assertThat(details(read("id\ttitle\tprice\nK-1\t8\" kettle\t2 EUR\n")).name())
                .isEqualTo("8\" kettle");
    }

    @Test
    void puts_a_title_of_two_lines_on_one() throws IOException {
        assertThat(details(read("id,title,price\nK-1,\" Tea \n\tkettle\",2 EUR\n")).name())
                .isEqualTo("Tea kettle");
    }

    @Test
    void loses_one_line_to_a_quote_that_nothing_closes() throws IOException {
        List<FeedRow> rows =
                read(
                        """
                        id,title,price
                        K-1,"Kettle,2 EUR
                        K-2,Pot,2 EUR
                        K-3,"Pan",2 EUR
                        K-4,Lid,2 EUR
                        """);
        assertThat(problem(rows.getFirst()))
                .extracting(FeedProblem::line, FeedProblem::value)
                .containsExactly(2L, "K-1,\"Kettle,2 EUR");
        assertThat(problem(rows.getFirst()).reason()).contains("opens a quote");
        assertThat(rows.subList(1, rows.size()))
                .hasSize(3)
                .allSatisfy(row -> assertThat(row).isInstanceOf(Good.class));
    }

    @Test
    void loses_one_line_to_an_open_quote_in_front_of_a_long_file() throws IOException {
        StringBuilder feed = new StringBuilder("id,title,price\nK-0,\"Kettle,2 EUR\n");
        for (int i = 1; i <= 500; i++) {
            feed.append("K-%d,Kettle,2 EUR\n".formatted(i));
        }
        List<FeedRow> rows = read(feed.toString());
        assertThat(rows).hasSize(501);
        assertThat(rows.stream().filter(Bad.class::isInstance)).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "K-1,Kettle|''|it has 2 columns, but the header has 8",
                "K-1,Kettle,2 EUR,,,,,,|''|it has 9 columns, but the header has 8",
                "K-1,\"Kettle\"!,2 EUR,,,,,|''|it has something between a closing quote and the",
                ",Kettle,2 EUR,,,,,|id|it is empty; every product has one",
                "K-1,Kettle,,,,,,|price|it is empty; every product has one",
                "K-1,Kettle,2,,,,,|price|a price reads \"220.00 INR\"",
                "K-1,Kettle,2.999 EUR,,,,,|price|it has 3 decimals, but EUR has 2",
                "K-1,Kettle,-2 EUR,,,,,|price|it is negative",
                "K-1,Kettle,2 EUR,3 EUR,,,,|sale_price|the sale price is at most the price",
                "K-1,Kettle,2 EUR,1 USD,,,,|sale_price|in the currency of the price, EUR",
                "K-1,Kettle,2 EUR,,7.5,,,|quantity|it is a whole number from 0 to 1,000,000,000",
                "K-1,Kettle,2 EUR,,-1,,,|quantity|it is a whole number from 0 to 1,000,000,000",
                "K-1,Kettle,2 EUR,,0,in_stock,,|quantity|it contradicts the availability, in_stock",
                "K-1,Kettle,2 EUR,,5,out_of_stock,,|quantity|contradicts the availability",
                "K-1,Kettle,2 EUR,,,maybe,,|availability|it is in_stock, out_of_stock, preorder",
                "K-1,Kettle,2 EUR,,,,Kitchen > > Pots,|product_type|it is blank",
                "K-1,Kettle,2 EUR,,,,a>b>c>d>e>f>g>h>i>j>k,|product_type|it has 11 levels",
                "K-1,Kettle,2 EUR,,,,,javascript:x|link|a link starts with https://",
                "K-\u0007,Kettle,2 EUR,,,,,|id|it has the control character U+0007 at index 2",
                "K-1,Ket\u0000tle,2 EUR,,,,,|title|it has the control character U+0000 at index 3"
            })
    void rejects_a_bad_line_with_its_number_column_and_reason(
            String line, String column, String reason) throws IOException {
        List<FeedRow> rows =
                read(
                        "id,title,price,sale_price,quantity,availability,product_type,link\n"
                                + line
                                + "\nK-2,Pot,2 EUR,,,,,\n");
        FeedProblem problem = problem(rows.getFirst());
        assertThat(problem.line()).isEqualTo(2);
        assertThat(problem.column()).isEqualTo(column);
        assertThat(problem.reason()).contains(reason);
        assertThat(rows.getLast()).isInstanceOf(Good.class);
    }

    @ParameterizedTest
    @CsvSource({
        "in_stock, 7, 7",
        "in stock, '', 1",
        "out_of_stock, '', 0",
        "out_of_stock, 0, 0",
        "preorder, '', 0",
        "backorder, 3, 3",
        "'', 4, 4",
        "'', '', 0"
    })
    void takes_the_stock_from_quantity_and_else_from_availability(
            String availability, String quantity, int stock) throws IOException {
        String feed =
                "id,title,price,availability,quantity\nK-1,Kettle,2 EUR,%s,%s\n"
                        .formatted(availability, quantity);
        assertThat(details(read(feed)).stock()).isEqualTo(stock);
    }

    @Test
    void names_a_product_without_a_title_by_its_id_and_remarks_on_it() throws IOException {
        Good row = (Good) read("id,title,price\nK-1, ,2 EUR\n").getFirst();
        assertThat(row.item().details().name()).isEqualTo("K-1");
        assertThat(row.remarks())
                .singleElement()
                .extracting(FeedProblem::kind, FeedProblem::line, FeedProblem::column)
                .containsExactly(FeedProblem.Kind.NOTED, 2L, "title");
    }

    @Test
    void counts_lines_as_they_lie_in_the_file() throws IOException {
        List<FeedRow> rows =
                read("id,title,price\n\n  \nK-1,\"Tea\nkettle\",2 EUR\n\nK-2,Pot,x\nK-3,Pan,2 EUR");
        assertThat(rows).hasSize(3);
        assertThat(problem(rows.get(1)).line()).isEqualTo(7);
        assertThat(((Good) rows.get(2)).item().line()).isEqualTo(8);
    }

    @Test
    void rejects_a_line_beyond_the_limit_and_reads_on() throws IOException {
        List<FeedRow> rows =
                read(
                        "id,title,price\nK-1,%s,2 EUR\nK-2,Pot,2 EUR\n"
                                .formatted("x".repeat(2_000_000)));
        assertThat(problem(rows.getFirst()).reason())
                .isEqualTo("it is longer than 1,048,576 bytes");
        assertThat(rows.getLast()).isInstanceOf(Good.class);
    }

    @Test
    void tells_how_much_of_the_file_was_read() throws IOException {
        byte[] bytes = "id,title,price\nK-1,Théière,2 EUR".getBytes(StandardCharsets.UTF_8);
        FeedReader reader = new FeedReader(new ByteArrayInputStream(bytes));
        assertThat(reader.bytesRead()).isEqualTo(15);
        reader.next();
        assertThat(reader.bytesRead()).isEqualTo(bytes.length);
        assertThat(reader.next()).isNull();
    }

    private static List<FeedRow> read(String feed) throws IOException {
        return read(feed, StandardCharsets.UTF_8);
    }

    private static List<FeedRow> read(String feed, Charset charset) throws IOException {
        FeedReader reader = new FeedReader(new ByteArrayInputStream(feed.getBytes(charset)));
        List<FeedRow> rows = new ArrayList<>();
        for (FeedRow row = reader.next(); row != null; row = reader.next()) {
            rows.add(row);
        }
        return rows;
    }

    private static ProductDetails details(List<FeedRow> rows) {
        assertThat(rows).singleElement().isInstanceOf(Good.class);
        return ((Good) rows.getFirst()).item().details();
    }

    private static FeedProblem problem(FeedRow row) {
        assertThat(row).isInstanceOf(Bad.class);
        return ((Bad) row).problem();
    }
}
