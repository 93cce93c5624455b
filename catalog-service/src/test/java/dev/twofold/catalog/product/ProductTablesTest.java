package dev.twofold.catalog.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.Append;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.Metadata;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.TestWriteSide;
import dev.twofold.catalog.brand.BrandCommand.CreateBrand;
import dev.twofold.catalog.brand.BrandCommand.RenameBrand;
import dev.twofold.catalog.brand.BrandEvent.BrandCreated;
import dev.twofold.catalog.brand.BrandEvent.BrandRenamed;
import dev.twofold.catalog.category.CategoryCommand.CreateCategory;
import dev.twofold.catalog.category.CategoryEvent.CategoryCreated;
import dev.twofold.catalog.product.ProductCommand.AdjustStock;
import dev.twofold.catalog.product.ProductCommand.AssignBrand;
import dev.twofold.catalog.product.ProductCommand.AssignCategory;
import dev.twofold.catalog.product.ProductCommand.ChangePrice;
import dev.twofold.catalog.product.ProductCommand.ChangeSalePrice;
import dev.twofold.catalog.product.ProductCommand.CreateProduct;
import dev.twofold.catalog.product.ProductCommand.DescribeProduct;
import dev.twofold.catalog.product.ProductCommand.DiscontinueProduct;
import dev.twofold.catalog.product.ProductCommand.RenameProduct;
import dev.twofold.catalog.product.ProductCommand.ReviseProduct;
import dev.twofold.catalog.product.ProductEvent.ProductCreated;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.RejectedAppendException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Products as rows that are never behind, and what is counted of them.
@Timeout(120)
class ProductTablesTest {
    private static final ProductDetails KETTLE =
            new ProductDetails(
                    "Kettle",
                    null,
                    Money.parse("24.90 EUR"),
                    Money.parse("20 EUR"),
                    5,
                    "acme",
                    "kitchen",
                    Map.of("color", "red"));

    private final TestWriteSide side = new TestWriteSide();

    @AfterEach
    void close() {
        side.close();
    }

    @Test
    void plain_sql_sees_a_product_as_soon_as_its_command_is_answered() {
        shop();
        handle(new CreateProduct("p1", "K-1", KETTLE));
        handle(new AdjustStock("p1", -5));

        assertThat(
                        query(
                                """
                                SELECT p.sku, b.name, c.name, price, sale_price, currency, stock,
                                  attributes ->> 'color'
                                FROM catalog.product p
                                JOIN catalog.brand b ON b.id = p.brand_id
                                JOIN catalog.category c ON c.id = p.category_id
                                JOIN catalog.inventory ON product_id = p.id
                                """))
                .containsExactly("K-1,Acme,Kitchen,24.90,20.00,EUR,0,red");
    }

    @Test
    void an_append_that_the_constraints_do_not_allow_is_rejected_whatever_wrote_it() {
        shop();
        handle(new CreateProduct("p1", "K-1", KETTLE));
        long head = side.store.head();

        assertRejected("23503", new ProductCreated("p2", "K-2", KETTLE.withBrand("nobody")));
        assertRejected("23503", new ProductCreated("p2", "K-2", KETTLE.withCategory("nowhere")));
        assertRejected("23505", new ProductCreated("p2", "K-1", KETTLE));
        assertRejected("23514", new ProductEvent.StockAdjusted("p1", -6, -1));
        assertRejected(
                "23514",
                new ProductEvent.PriceChanged("p1", Money.parse("1 EUR"), Money.parse("2 EUR")));
        assertThat(side.store.head()).isEqualTo(head);
    }

    /// Brands and categories are rows that commands write; an imported log has no commands.
    @Test
    void a_log_from_elsewhere_brings_its_brands_and_categories_along() {
        try (PostgresEventStore plain = new PostgresEventStore(side.dataSource())) {
            for (CatalogEvent event :
                    List.of(
                            new BrandCreated("acme", "Acme"),
                            new CategoryCreated("kitchen", null, "Kitchen"),
                            new ProductCreated("p1", "K-1", KETTLE),
                            new BrandRenamed("acme", "Acme Inc."))) {
                plain.append(Append.of(List.of(side.types.encode(event, Metadata.none()))));
            }
        }
        side.store.catchUp();

        assertThat(query("SELECT name, alias, version FROM catalog.brand"))
                .containsExactly("Acme Inc.,Acme,2");
        assertThat(query("SELECT brand_id, category_id FROM catalog.product"))
                .containsExactly("acme,kitchen");
        assertThat(side.brands.exists("acme")).isTrue();
    }

    /// After any commands, the rows are what the events come to, and the counts what the rows are.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void rows_and_counts_agree_with_the_log(long seed) {
        Random random = new Random(seed);
        shop();
        ProductDecider decider = new ProductDecider();
        try (Projections projections =
                new Projections(
                        side.dataSource(),
                        side.store,
                        List.of(CategoryCounts.projection(side.types)))) {
            for (int i = 0; i < 200; i++) {
                side.products.handle(any(random), Metadata.none());
                if (random.nextInt(10) == 0) {
                    projections.catchUp();
                }
            }
            projections.catchUp();
        }
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            ProductState state = decider.initial();
            for (CatalogEvent event : side.events()) {
                if (event instanceof ProductEvent one && one.productId().equals("p" + i)) {
                    state = decider.evolve(state, one);
                }
            }
            if (state instanceof ProductState.Listed(var id, var sku, var now, _)) {
                expected.add(
                        "%s,%s,%s,%s,%s,%s,%d,%s,%s,%s,f"
                                .formatted(
                                        id,
                                        sku,
                                        now.name(),
                                        now.description(),
                                        now.price().amount(),
                                        now.salePrice() == null ? null : now.salePrice().amount(),
                                        now.stock(),
                                        now.brandId(),
                                        now.categoryId(),
                                        now.attributes().get("color")));
            }
        }
        assertThat(
                        query(
                                """
                                SELECT id, sku, name, description, price, sale_price, stock,
                                  brand_id, category_id, attributes ->> 'color', discontinued
                                FROM catalog.product JOIN catalog.inventory ON product_id = id
                                WHERE NOT discontinued ORDER BY id
                                """))
                .as("seed %d", seed)
                .isEqualTo(expected);
        assertThat(
                        query(
                                """
                                SELECT * FROM category_count WHERE products > 0 ORDER BY 1
                                """))
                .as("seed %d", seed)
                .isNotEmpty()
                .isEqualTo(
                        query(
                                """
                                SELECT category_id, count(*), count(*) FILTER (WHERE stock > 0)
                                FROM catalog.product JOIN catalog.inventory ON product_id = id
                                WHERE NOT discontinued AND category_id IS NOT NULL
                                GROUP BY 1 ORDER BY 1
                                """));
    }

    /// A rename locks the brand's row and then the log; a new product locks the log and then looks
    /// at the row.
    @Test
    void renaming_a_brand_and_adding_products_to_it_do_not_wait_for_each_other_in_a_circle()
            throws Exception {
        shop();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int writer = i;
                done.add(
                        callers.submit(
                                () -> {
                                    for (int n = 0; n < 40; n++) {
                                        String id = "p%d-%d".formatted(writer, n);
                                        assertThat(
                                                        side.products.handle(
                                                                new CreateProduct(id, id, KETTLE),
                                                                Metadata.none()))
                                                .isInstanceOf(Accepted.class);
                                    }
                                }));
                done.add(
                        callers.submit(
                                () -> {
                                    for (int n = 0; n < 40; n++) {
                                        String name = "Acme %d %d".formatted(writer, n);
                                        assertThat(
                                                        side.brands.handle(
                                                                new RenameBrand("acme", name),
                                                                Metadata.none()))
                                                .isInstanceOf(Accepted.class);
                                    }
                                }));
            }
            for (Future<?> one : done) {
                one.get();
            }
        }
        assertThat(
                        query(
                                "SELECT deadlocks FROM pg_stat_database WHERE datname ="
                                        + " current_database()"))
                .containsExactly("0");
    }

    private static ProductCommand any(Random random) {
        String id = "p" + random.nextInt(6);
        return switch (random.nextInt(14)) {
            case 0, 1, 2 -> new CreateProduct(id, "SKU-" + id, KETTLE);
            case 3 -> new RenameProduct(id, "Name " + random.nextInt(9));
            case 4 -> new DescribeProduct(id, random.nextBoolean() ? null : "Text");
            case 5 -> new ChangePrice(id, Money.parse(20 + random.nextInt(9) + " EUR"));
            case 6 -> new ChangeSalePrice(id, random.nextBoolean() ? null : Money.parse("5 EUR"));
            case 7, 8 -> new AdjustStock(id, random.nextInt(11) - 5);
            case 9 -> new AssignBrand(id, random.nextBoolean() ? null : "acme");
            case 10, 11 ->
                    new AssignCategory(
                            id, List.of("kitchen", "garden", "kettles").get(random.nextInt(3)));
            case 12 -> new ReviseProduct(id, KETTLE.withStock(0).withCategory(null));
            default -> random.nextInt(4) == 0 ? new DiscontinueProduct(id) : new AdjustStock(id, 1);
        };
    }

    private void shop() {
        side.brands.handle(new CreateBrand("acme", "Acme"), Metadata.none());
        side.categories.handle(new CreateCategory("kitchen", null, "Kitchen"), Metadata.none());
        side.categories.handle(
                new CreateCategory("kettles", "kitchen", "Kettles"), Metadata.none());
        side.categories.handle(new CreateCategory("garden", null, "Garden"), Metadata.none());
    }

    private void handle(ProductCommand command) {
        assertThat(side.products.handle(command, Metadata.none())).isInstanceOf(Accepted.class);
    }

    private void assertRejected(String sqlState, CatalogEvent event) {
        Append append = Append.of(List.of(side.types.encode(event, Metadata.none())));
        assertThatThrownBy(() -> side.store.append(append))
                .isInstanceOfSatisfying(
                        RejectedAppendException.class,
                        e -> assertThat(e.sqlState()).isEqualTo(sqlState));
    }

    private List<String> query(String sql) {
        try (Connection connection = side.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> found = new ArrayList<>();
            while (rows.next()) {
                List<String> columns = new ArrayList<>();
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    columns.add(String.valueOf(rows.getString(i)));
                }
                found.add(String.join(",", columns));
            }
            return found;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
