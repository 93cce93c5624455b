package dev.twofold.catalog.product;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.EventStore;
import dev.twofold.InMemoryEventStore;
import dev.twofold.Interceptor;
import dev.twofold.Metadata;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.catalog.CatalogEvents;
import dev.twofold.catalog.product.ProductCommand.AssignBrand;
import dev.twofold.catalog.product.ProductCommand.AssignCategory;
import dev.twofold.catalog.product.ProductCommand.CreateProduct;
import dev.twofold.catalog.product.ProductCommand.DiscontinueProduct;
import dev.twofold.catalog.product.ProductCommand.RenameProduct;
import dev.twofold.catalog.product.ProductRefusal.SkuTaken;
import dev.twofold.catalog.product.ProductRefusal.UnknownBrand;
import dev.twofold.catalog.product.ProductRefusal.UnknownCategory;
import dev.twofold.jackson.JacksonCodec;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProductsTest {
    private static final Interceptor NOTHING = Interceptor.all(List.of());
    private static final ProductDetails KETTLE =
            ProductDetails.of("Kettle", Money.parse("24.90 EUR"), 5);

    private final InMemoryEventStore store = new InMemoryEventStore(Clock.systemUTC());
    private final List<Long> reads = new ArrayList<>();
    private final Products products =
            new Products(
                    new ReadPositions(store, reads),
                    CatalogEvents.types(new JacksonCodec()),
                    Set.of("acme")::contains,
                    Set.of("kitchen")::contains,
                    NOTHING);

    @Test
    void gives_a_sku_to_one_product_even_after_that_was_discontinued() {
        handle(new CreateProduct("p1", "K-1", KETTLE));
        handle(new DiscontinueProduct("p1"));
        assertThat(reason(handle(new CreateProduct("p2", "K-1", KETTLE))))
                .isEqualTo(new SkuTaken("K-1", "p1"));
        assertThat(store.head()).isEqualTo(2);
    }

    @Test
    void gives_a_sku_to_one_of_those_who_want_it_at_the_same_time() throws Exception {
        int callers = 16;
        CyclicBarrier barrier = new CyclicBarrier(callers);
        List<Thread> threads =
                IntStream.range(0, callers)
                        .mapToObj(
                                i ->
                                        Thread.ofVirtual()
                                                .start(
                                                        () -> {
                                                            await(barrier);
                                                            handle(
                                                                    new CreateProduct(
                                                                            "p" + i, "K-1",
                                                                            KETTLE));
                                                        }))
                        .toList();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(store.head()).isEqualTo(1);
    }

    @Test
    void refuses_a_brand_or_category_that_is_not_there() {
        assertThat(reason(handle(new CreateProduct("p1", "K-1", KETTLE.withBrand("ajax")))))
                .isEqualTo(new UnknownBrand("ajax"));
        handle(new CreateProduct("p1", "K-1", KETTLE.withBrand("acme").withCategory("kitchen")));
        assertThat(reason(handle(new AssignBrand("p1", "a\0")))).isEqualTo(new UnknownBrand("a\0"));
        assertThat(reason(handle(new AssignCategory("p1", "garden"))))
                .isEqualTo(new UnknownCategory("garden"));
        assertThat(handle(new AssignBrand("p1", null))).isInstanceOf(Accepted.class);
    }

    @Test
    void refuses_an_id_or_a_sku_that_is_none() {
        assertThat(reason(handle(new RenameProduct("", "Pot"))).field()).isEqualTo("productId");
        assertThat(reason(handle(new CreateProduct("p1", "\t", KETTLE))).field()).isEqualTo("sku");
        assertThat(reason(handle(new CreateProduct("p1", "x".repeat(101), KETTLE))).field())
                .isEqualTo("sku");
    }

    @Test
    void a_command_reads_nothing_of_a_product_that_it_met_last() {
        handle(new CreateProduct("p1", "K-1", KETTLE));
        handle(new RenameProduct("p1", "Pot"));
        reads.clear();

        handle(new RenameProduct("p1", "Pan"));

        assertThat(reads).isEmpty();
    }

    @Test
    void a_command_that_meets_a_stale_state_reads_the_newer_events_once() {
        handle(new CreateProduct("p1", "K-1", KETTLE));
        handle(new RenameProduct("p1", "Pot"));
        Products otherNode =
                new Products(
                        store,
                        CatalogEvents.types(new JacksonCodec()),
                        _ -> true,
                        _ -> true,
                        NOTHING);
        otherNode.handle(new RenameProduct("p1", "Bowl"), Metadata.none());
        reads.clear();

        assertThat(handle(new RenameProduct("p1", "Pan")))
                .isInstanceOfSatisfying(
                        Accepted.class, accepted -> assertThat(accepted.position()).isEqualTo(4));
        assertThat(reads).containsExactly(2L);
    }

    private CommandOutcome<ProductState, ProductRefusal> handle(ProductCommand command) {
        return products.handle(command, Metadata.none());
    }

    private static ProductRefusal reason(CommandOutcome<ProductState, ProductRefusal> outcome) {
        assertThat(outcome).isInstanceOf(Refused.class);
        return ((Refused<ProductState, ProductRefusal>) outcome).reason();
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /// Takes note of the positions after which a log is read.
    private record ReadPositions(EventStore store, List<Long> reads) implements EventStore {
        @Override
        public AppendOutcome append(Append append) {
            return store.append(append);
        }

        @Override
        public List<RecordedEvent> read(Query query, long after, int limit) {
            reads.add(after);
            return store.read(query, after, limit);
        }

        @Override
        public long head() {
            return store.head();
        }
    }
}
