package dev.twofold.postgres;

import static dev.twofold.postgres.Logs.append;
import static dev.twofold.postgres.Logs.event;
import static dev.twofold.postgres.Logs.stream;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.InMemoryEventStore;
import dev.twofold.Query;
import dev.twofold.postgres.Logs.SmallWorld;
import dev.twofold.testkit.TestPostgres;
import java.time.Clock;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PostgresEventStoreTest {
    private final TestPostgres.Database database = Logs.empty();

    @Test
    void reads_what_the_store_in_memory_reads() {
        long seed = 11;
        Random random = new Random(seed);
        SmallWorld world = new SmallWorld(random);
        InMemoryEventStore model = new InMemoryEventStore(Clock.systemUTC());
        try (PostgresEventStore store = new PostgresEventStore(database.dataSource())) {
            for (int i = 0; i < 200; i++) {
                Append append = world.append(model, List.of());
                model.append(append);
                store.append(append);
            }
            for (int i = 0; i < 300; i++) {
                Query query =
                        random.nextInt(5) == 0
                                ? Query.stream(stream(random.nextInt(5)))
                                : world.query();
                long after = random.nextLong(model.head() + 2);
                int limit = random.nextInt(1, 50);

                assertThat(store.read(query, after, limit))
                        .as("seed %d: %s after %d, at most %d", seed, query, after, limit)
                        .usingRecursiveFieldByFieldElementComparatorIgnoringFields("recordedAt")
                        .isEqualTo(model.read(query, after, limit));
            }
            assertThat(store.head()).isEqualTo(model.head());
        }
    }

    @Test
    void tells_of_the_log_at_a_glance() {
        try (PostgresEventStore store = new PostgresEventStore(database.dataSource())) {
            store.append(append(event(stream(1), "opened")));
            store.append(append(event(stream(1), "closed")));
            store.append(append(event(stream(2), "opened")));

            LogInfo info = store.info();

            assertThat(info.events()).isEqualTo(3);
            assertThat(info.streams()).isEqualTo(2);
            assertThat(info.bytes()).isPositive();
        }
    }
}
