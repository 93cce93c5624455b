package dev.twofold.catalog.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.twofold.Metadata;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.TestWriteSide;
import dev.twofold.catalog.brand.BrandCommand.RenameBrand;
import dev.twofold.catalog.brand.BrandEvent.BrandCreated;
import dev.twofold.catalog.category.CategoryCommand.RenameCategory;
import dev.twofold.catalog.category.CategoryEvent.CategoryCreated;
import dev.twofold.catalog.product.Money;
import dev.twofold.catalog.product.ProductCommand.AdjustStock;
import dev.twofold.catalog.product.ProductCommand.CreateProduct;
import dev.twofold.catalog.product.ProductCommand.DiscontinueProduct;
import dev.twofold.catalog.product.ProductDetails;
import dev.twofold.catalog.product.ProductEvent.AttributesChanged;
import dev.twofold.catalog.product.ProductEvent.BrandAssigned;
import dev.twofold.catalog.product.ProductEvent.PriceChanged;
import dev.twofold.catalog.product.ProductEvent.ProductCreated;
import dev.twofold.catalog.product.ProductEvent.ProductRenamed;
import dev.twofold.catalog.product.ProductEvent.StockAdjusted;
import dev.twofold.catalog.product.ProductState;
import dev.twofold.catalog.product.ProductState.Listed;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FeedImportTest {
    private static final String HEADER = "id,title,price,brand,product_type,quantity,color\n";
    private static final String FEED =
            HEADER
                    + """
                    K-1,Kettle,24.90 EUR,Acme,Kitchen > Kettles,5,red
                    P-1,Pot,15 EUR,Acme,Kitchen > Pots,0,
                    S-1,Spade,9 EUR,,Garden,3,
                    """;

    private final TestWriteSide catalog = new TestWriteSide();
    private final FeedImport feedImport =
            new FeedImport(
                    catalog.dataSource(), catalog.products, catalog.brands, catalog.categories);
    private final List<FeedProblem> problems = new ArrayList<>();

    @AfterEach
    void close() {
        catalog.close();
    }

    @Test
    void creates_products_with_their_brands_and_categories() throws Exception {
        FeedCounts counts = run(FEED);
        assertThat(counts).isEqualTo(new FeedCounts(FEED.length(), 3, 3, 0, 0, 0, 0, 3));
        assertThat(catalog.events().subList(0, 5))
                .containsExactly(
                        new BrandCreated("acme", "Acme"),
                        new CategoryCreated("kitchen", null, "Kitchen"),
                        new CategoryCreated("kitchen.kettles", "kitchen", "Kettles"),
                        new CategoryCreated("kitchen.pots", "kitchen", "Pots"),
                        new CategoryCreated("garden", null, "Garden"));
        assertThat(catalog.events())
                .filteredOn(ProductCreated.class::isInstance)
                .extracting(event -> ((ProductCreated) event).details())
                .contains(
                        ProductDetails.of("Kettle", Money.parse("24.90 EUR"), 5)
                                .withBrand("acme")
                                .withCategory("kitchen.kettles")
                                .withAttributes(Map.of("color", "red")),
                        ProductDetails.of("Spade", Money.parse("9 EUR"), 3).withCategory("garden"))
                .hasSize(3);
        assertThat(problems).isEmpty();
    }

    @Test
    void records_nothing_for_the_same_feed_again() throws Exception {
        run(FEED);
        long head = catalog.store.head();
        assertThat(run(FEED)).isEqualTo(new FeedCounts(FEED.length(), 3, 0, 0, 3, 0, 0, 0));
        assertThat(catalog.store.head()).isEqualTo(head);
    }

    @Test
    void records_just_what_changed() throws Exception {
        run(FEED);
        int before = catalog.events().size();
        String changed =
                FEED.replace("24.90 EUR", "19.90 EUR")
                        .replace("Spade,9 EUR,,", "Spade,9 EUR,Ajax,")
                        .replace("Pots,0", "Pots,2");
        assertThat(run(changed)).isEqualTo(new FeedCounts(FEED.length() + 4, 3, 0, 3, 0, 0, 0, 3));
        List<CatalogEvent> events = catalog.events();
        assertThat(events.subList(before, events.size()))
                .hasSize(4)
                .contains(
                        new BrandCreated("ajax", "Ajax"),
                        new PriceChanged(id("K-1"), Money.parse("19.90 EUR"), null),
                        new BrandAssigned(id("S-1"), "ajax"),
                        new StockAdjusted(id("P-1"), 2, 2));
    }

    @Test
    void leaves_what_the_feed_has_no_column_for() throws Exception {
        run(FEED);
        List<CatalogEvent> before = catalog.events();
        catalog.products.handle(new AdjustStock(id("K-1"), -2), Metadata.none());

        run("id,title,price\nK-1,Kettle,19.90 EUR\n");
        assertThat(since(before))
                .containsExactly(
                        new StockAdjusted(id("K-1"), -2, 3),
                        new PriceChanged(id("K-1"), Money.parse("19.90 EUR"), null));
    }

    @Test
    void clears_what_has_a_column_and_an_empty_cell() throws Exception {
        run(FEED);
        List<CatalogEvent> before = catalog.events();

        run("id,title,price,brand,color\nK-1,Kettle,24.90 EUR,,\n");
        assertThat(since(before))
                .containsExactly(
                        new BrandAssigned(id("K-1"), null),
                        new AttributesChanged(id("K-1"), Map.of()));
    }

    @Test
    void takes_an_availability_without_a_quantity_for_what_it_says() throws Exception {
        run(FEED);
        List<CatalogEvent> before = catalog.events();

        run("id,title,price,availability\nK-1,Kettle,24.90 EUR,in_stock\n");
        assertThat(since(before)).isEmpty();
        run("id,title,price,availability\nK-1,Kettle,24.90 EUR,out_of_stock\n");
        run("id,title,price,availability\nK-1,Kettle,24.90 EUR,in_stock\n");
        assertThat(since(before))
                .containsExactly(
                        new StockAdjusted(id("K-1"), -5, 0), new StockAdjusted(id("K-1"), 1, 1));
    }

    private List<CatalogEvent> since(List<CatalogEvent> before) {
        List<CatalogEvent> now = catalog.events();
        return now.subList(before.size(), now.size());
    }

    @Test
    void finds_brands_and_categories_by_the_names_they_had() throws Exception {
        run(FEED);
        catalog.brands.handle(new RenameBrand("acme", "ACME Inc."), Metadata.none());
        catalog.categories.handle(new RenameCategory("kitchen", "Cooking"), Metadata.none());
        assertThat(run(FEED).unchanged()).isEqualTo(3);
    }

    @Test
    void rejects_bad_lines_and_takes_in_the_rest() throws Exception {
        FeedCounts counts =
                run(
                        HEADER
                                + """
                                K-1,Kettle,24.90 EUR,Acme,Kitchen,5,
                                K-2,Kettle,-1 EUR,Acme,Kitchen,5,
                                K-3,,7 EUR,,,5,
                                K-4
                                K-5,Lid,3 EUR,Ajax,Kitchen,5,
                                """);
        assertThat(counts.created()).isEqualTo(3);
        assertThat(counts.rejected()).isEqualTo(2);
        assertThat(problems)
                .extracting(FeedProblem::kind, FeedProblem::line, FeedProblem::column)
                .containsExactlyInAnyOrder(
                        tuple(FeedProblem.Kind.REJECTED, 3L, "price"),
                        tuple(FeedProblem.Kind.NOTED, 4L, "title"),
                        tuple(FeedProblem.Kind.REJECTED, 5L, ""));
    }

    @Test
    void counts_a_repeated_line_and_reports_one_that_contradicts() throws Exception {
        FeedCounts counts =
                run(
                        HEADER
                                + """
                                K-1,Kettle,24.90 EUR,Acme,Kitchen,5,
                                K-1,Kettle,24.90 EUR,Acme,Kitchen,5,
                                K-1,Teapot,24.90 EUR,Acme,Kitchen,5,
                                """);
        assertThat(counts.created()).isEqualTo(1);
        assertThat(counts.duplicates()).isEqualTo(1);
        assertThat(problems)
                .containsExactly(
                        FeedProblem.rejected(
                                4,
                                "id",
                                "K-1",
                                "line 2 has the same id and states something else; that one"
                                        + " counts"));
        assertThat(catalog.events()).noneMatch(ProductRenamed.class::isInstance);
    }

    @Test
    void reports_a_contradiction_thousands_of_lines_later() throws Exception {
        String feed = HEADER + lines(0, 1_200) + "N-7,Other,1 EUR,,,1,\n" + lines(7, 8);
        FeedCounts counts = run(feed);
        assertThat(counts.created()).isEqualTo(1_200);
        assertThat(counts.duplicates()).isEqualTo(1);
        assertThat(problems).singleElement().extracting(FeedProblem::line).isEqualTo(1_202L);
    }

    @Test
    void rejects_a_line_for_a_product_no_longer_sold() throws Exception {
        run(FEED);
        catalog.products.handle(new DiscontinueProduct(id("K-1")), Metadata.none());
        FeedCounts counts = run(FEED);
        assertThat(counts.rejected()).isEqualTo(1);
        assertThat(problems)
                .singleElement()
                .extracting(FeedProblem::line, FeedProblem::column)
                .containsExactly(2L, "id");
    }

    @Test
    void revises_a_product_that_was_not_created_by_a_feed() throws Exception {
        ProductDetails details = ProductDetails.of("Kettle", Money.parse("24.90 EUR"), 1);
        catalog.products.handle(new CreateProduct("p1", "K-1", details), Metadata.none());
        assertThat(run(HEADER + "K-1,Tea kettle,24.90 EUR,,,1,\n").changed()).isEqualTo(1);
        assertThat(catalog.events()).contains(new ProductRenamed("p1", "Tea kettle"));
    }

    @Test
    void tells_what_would_happen_and_records_nothing() throws Exception {
        FeedCounts would = dryRun(FEED);
        assertThat(would).isEqualTo(new FeedCounts(FEED.length(), 3, 3, 0, 0, 0, 0, 3));
        assertThat(catalog.events()).isEmpty();
        assertThat(run(FEED)).isEqualTo(would);
        String changed =
                FEED.replace("Spade,9 EUR,,", "Spade,9 EUR,acme,").replace("K-1,Kettle", "K-1,Pot");
        would = dryRun(changed);
        assertThat(would.changed()).isEqualTo(2);
        assertThat(run(changed)).isEqualTo(would);
    }

    @Test
    void leaves_out_a_line_that_a_table_does_not_take_and_takes_the_others() throws Exception {
        try (Connection connection = catalog.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "ALTER TABLE catalog.product ADD CONSTRAINT no_pots CHECK (name <> 'Pot')");
        }
        FeedCounts counts = run(FEED);
        assertThat(counts.created()).isEqualTo(2);
        assertThat(counts.rejected()).isEqualTo(1);
        assertThat(problems)
                .singleElement()
                .satisfies(
                        problem -> {
                            assertThat(problem.line()).isEqualTo(3);
                            assertThat(problem.reason()).contains("no_pots", "catalog.product");
                        });
    }

    @Test
    void is_completed_after_it_was_broken_off() throws Exception {
        String feed = HEADER + lines(0, 1_300);
        byte[] half = feed.substring(0, feed.length() / 2).getBytes(StandardCharsets.UTF_8);
        InputStream broken =
                new SequenceInputStream(
                        new ByteArrayInputStream(half),
                        new InputStream() {
                            @Override
                            public int read() throws IOException {
                                throw new IOException("connection reset");
                            }

                            @Override
                            public int read(byte[] buffer, int from, int length)
                                    throws IOException {
                                return read();
                            }
                        });
        assertThatThrownBy(() -> feedImport.run(broken, Metadata.none(), listener()))
                .isInstanceOf(IOException.class);
        assertThat(catalog.events()).isNotEmpty();
        FeedCounts counts = run(feed);
        assertThat(counts.created() + counts.unchanged()).isEqualTo(1_300);
        assertThat(counts.unchanged()).isPositive();
        assertThat(catalog.events()).hasSize(1_300);
    }

    @Test
    void creates_each_product_once_when_two_import_at_the_same_time() throws Exception {
        String feed = FEED + lines(0, 700);
        List<FeedCounts> both = new ArrayList<>();
        List<Thread> threads =
                IntStream.range(0, 2)
                        .mapToObj(
                                _ ->
                                        Thread.ofVirtual()
                                                .start(
                                                        () -> {
                                                            FeedCounts counts = runQuietly(feed);
                                                            synchronized (both) {
                                                                both.add(counts);
                                                            }
                                                        }))
                        .toList();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(both).hasSize(2).allSatisfy(c -> assertThat(c.rejected()).isZero());
        assertThat(both.stream().mapToLong(FeedCounts::created).sum()).isEqualTo(703);
        assertThat(catalog.events()).hasSize(708);
    }

    @Test
    void tells_how_far_it_is() throws Exception {
        List<FeedCounts> progress = new ArrayList<>();
        String feed = HEADER + lines(0, 1_200);
        feedImport.run(
                stream(feed),
                Metadata.none(),
                new FeedListener() {
                    @Override
                    public void progress(FeedCounts counts) {
                        progress.add(counts);
                    }

                    @Override
                    public void problem(FeedProblem problem) {
                        problems.add(problem);
                    }
                });
        assertThat(progress).extracting(FeedCounts::lines).containsExactly(500L, 1_000L, 1_200L);
        assertThat(progress.getLast().bytes()).isEqualTo(feed.length());
    }

    @Test
    void refuses_what_is_no_feed_as_a_whole() {
        assertThatThrownBy(() -> run("<html>")).isInstanceOf(FeedException.class);
        assertThat(catalog.events()).isEmpty();
    }

    private static String lines(int from, int to) {
        StringBuilder lines = new StringBuilder();
        for (int i = from; i < to; i++) {
            lines.append("N-%d,Nail %d,0.%02d EUR,,,%d,\n".formatted(i, i, i % 100, i % 10));
        }
        return lines.toString();
    }

    private FeedCounts run(String feed) throws IOException, InterruptedException {
        problems.clear();
        return feedImport.run(stream(feed), Metadata.none(), listener());
    }

    private FeedCounts runQuietly(String feed) {
        try {
            return feedImport.run(stream(feed), Metadata.none(), new Ignoring());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private FeedCounts dryRun(String feed) throws IOException, InterruptedException {
        return feedImport.dryRun(stream(feed), listener());
    }

    private static InputStream stream(String feed) {
        return new ByteArrayInputStream(feed.getBytes(StandardCharsets.UTF_8));
    }

    private String id(String sku) {
        ProductState state = catalog.products.statesBySku(List.of(sku)).get(sku);
        return ((Listed) Objects.requireNonNull(state)).productId();
    }

    private FeedListener listener() {
        return new FeedListener() {
            @Override
            public void progress(FeedCounts counts) {
                assertThat(counts.lines()).isNotNegative();
            }

            @Override
            public void problem(FeedProblem problem) {
                problems.add(problem);
            }
        };
    }

    private static final class Ignoring implements FeedListener {
        @Override
        public void progress(FeedCounts counts) {
            // of no interest here
        }

        @Override
        public void problem(FeedProblem problem) {
            // of no interest here
        }
    }
}
