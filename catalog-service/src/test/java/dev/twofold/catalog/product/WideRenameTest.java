package dev.twofold.catalog.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.twofold.Append;
import dev.twofold.Codec;
import dev.twofold.EventTypes;
import dev.twofold.InMemoryEventStore;
import dev.twofold.Metadata;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.CatalogEvents;
import dev.twofold.catalog.brand.BrandEvent.BrandCreated;
import dev.twofold.catalog.brand.BrandEvent.BrandRenamed;
import dev.twofold.catalog.category.CategoryEvent.CategoryCreated;
import dev.twofold.catalog.category.CategoryEvent.CategoryRenamed;
import dev.twofold.catalog.product.ProductEvent.ProductCreated;
import dev.twofold.catalog.product.ProductEvent.StockAdjusted;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.PostgresLog;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.ViewAnswer;
import dev.twofold.postgres.ViewAnswer.Behind;
import dev.twofold.postgres.ViewAnswer.Found;
import dev.twofold.postgres.ViewChanges;
import dev.twofold.postgres.ViewReader;
import dev.twofold.postgres.ViewTable;
import dev.twofold.testkit.TestPostgres;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A brand and a category with 20,000 products are renamed while another product is sold.
class WideRenameTest {
    private static final int PRODUCTS = 20_000;
    private static final int PIECE = 1_000;
    private static final int AT_ONCE = 1_000;
    private static final Codec CODEC = new JacksonCodec();
    private static final EventTypes<CatalogEvent> TYPES = CatalogEvents.types(CODEC);
    private static final ViewTable<CatalogEvent, ProductPage> PAGES = ProductListing.table(CODEC);
    private static final String VIEW = PAGES.view().name();
    private static final InMemoryEventStore LOG = new InMemoryEventStore(Clock.systemUTC());
    private static Projections projections;
    private static ViewReader<ProductPage> reader;

    @BeforeAll
    static void makeProducts() {
        DataSource dataSource = TestPostgres.database().dataSource();
        PostgresLog.migrate(dataSource);
        projections = new Projections(dataSource, LOG, List.of(Projection.of(TYPES, PAGES)));
        reader = new ViewReader<>(dataSource, PAGES);
        List<CatalogEvent> events = new ArrayList<>();
        events.add(new BrandCreated("acme", "Acme"));
        events.add(new CategoryCreated("home", null, "Home"));
        events.add(new CategoryCreated("kitchen", "home", "Kitchen"));
        for (int i = 0; i < PRODUCTS; i++) {
            events.add(new ProductCreated(id(i), "K-" + i, details("acme", "kitchen")));
        }
        events.add(new ProductCreated("other", "O", details(null, null)));
        append(events.toArray(CatalogEvent[]::new));
        projections.catchUp();
    }

    @Test
    void renaming_a_category_holds_other_updates_back_for_no_longer_than_a_piece() {
        rename(
                new CategoryRenamed("home", "House"),
                page -> page.categoryPath().getFirst().name(),
                "House");
    }

    @Test
    void renaming_a_brand_holds_other_updates_back_for_no_longer_than_a_piece() {
        rename(new BrandRenamed("acme", "Apex"), page -> "" + page.brandName(), "Apex");
    }

    private static void rename(
            CatalogEvent rename, Function<ProductPage, String> name, String wanted) {
        long renamed = append(rename);
        int before = page("other").stock();
        List<Integer> pieces = new ArrayList<>();
        List<Integer> sold = new ArrayList<>(List.of(before));
        List<Integer> seen = new ArrayList<>();
        List<ViewAnswer<ProductPage>> answers = new ArrayList<>();
        projections.onChange(
                VIEW,
                changes -> {
                    if (isPiece(changes)) {
                        pieces.add(changes.keys().size());
                        seen.add(page("other").stock());
                        answers.add(reader.find(id(PRODUCTS - 1), renamed));
                        append(new StockAdjusted("other", 1, before + pieces.size()));
                        sold.add(before + pieces.size());
                    }
                });
        projections.catchUp();
        projections.onChange(VIEW, _ -> {});

        assertThat(pieces).allSatisfy(piece -> assertThat(piece).isLessThanOrEqualTo(PIECE));
        assertThat(pieces.stream().mapToInt(Integer::intValue).sum()).isEqualTo(PRODUCTS);
        assertThat(seen)
                .as("what was sold after one piece is seen before the next")
                .isEqualTo(sold.subList(0, seen.size()));
        assertThat(answers.getFirst()).isEqualTo(new Behind<>(renamed - 1));
        assertThat(answers.getLast()).isInstanceOf(Found.class);
        assertThat(projections.verify(VIEW, 500))
                .satisfies(
                        verified -> {
                            assertThat(verified.compared()).isGreaterThan(400);
                            assertThat(verified.different()).isZero();
                        });
        assertThat(name.apply(page(id(PRODUCTS - 1)))).isEqualTo(wanted);
        assertThat(name.apply(page(id(0)))).isEqualTo(wanted);
    }

    /// A piece takes in no further part of the log.
    private static boolean isPiece(ViewChanges changes) {
        return changes.after() == changes.upTo();
    }

    private static ProductPage page(String id) {
        return reader.find(id) instanceof Found<ProductPage>(var page, _, _, _)
                ? page
                : fail("there is no page of " + id);
    }

    private static String id(int product) {
        return "p%05d".formatted(product);
    }

    private static ProductDetails details(@Nullable String brand, @Nullable String category) {
        return new ProductDetails(
                "Kettle", null, Money.parse("20 EUR"), null, 100, brand, category, Map.of());
    }

    private static long append(CatalogEvent... events) {
        for (int from = 0; from < events.length; from += AT_ONCE) {
            LOG.append(
                    Append.of(
                            Arrays.stream(events)
                                    .skip(from)
                                    .limit(AT_ONCE)
                                    .map(event -> TYPES.encode(event, Metadata.none()))
                                    .toList()));
        }
        return LOG.head();
    }
}
