package dev.twofold.catalog.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.EventTypes;
import dev.twofold.Metadata;
import dev.twofold.Query;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.CatalogEvents;
import dev.twofold.catalog.brand.BrandEvent.BrandCreated;
import dev.twofold.catalog.brand.BrandEvent.BrandRenamed;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.kafka.KafkaLog;
import dev.twofold.kafka.Relay;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLog;
import dev.twofold.testkit.TestKafka;
import dev.twofold.testkit.TestPostgres;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class CatalogKafkaTest {
    private static final EventTypes<CatalogEvent> TYPES = CatalogEvents.types(new JacksonCodec());

    @Test
    void what_the_catalog_records_comes_to_a_node_with_a_database_of_its_own() throws Exception {
        DataSource database = TestPostgres.database().dataSource();
        DataSource node = TestPostgres.database().dataSource();
        PostgresLog.migrate(database);
        PostgresLog.migrate(node);
        try (TestKafka broker = TestKafka.start();
                PostgresEventStore store = new PostgresEventStore(database);
                PostgresEventStore onNode = new PostgresEventStore(node)) {
            CatalogKafka kafka = new CatalogKafka(broker.bootstrap());
            try (Relay relay = kafka.relay(store, database, TYPES)) {
                relay.start();
                try (KafkaLog feed = kafka.feed(node, null, Duration.ofMinutes(1))) {
                    CountDownLatch there = new CountDownLatch(1);
                    feed.onGrowth(
                            position -> {
                                if (position >= 2) {
                                    there.countDown();
                                }
                            });
                    record(store, new BrandCreated("b1", "Acme"));
                    record(store, new BrandRenamed("b1", "Acme & Co"));

                    assertThat(there.await(60, TimeUnit.SECONDS)).isTrue();
                    assertThat(feed.next(Query.all(), 0, 10).events())
                            .isEqualTo(store.read(Query.all(), 0, 10));
                    assertThat(onNode.info().epoch()).isEqualTo(store.info().epoch());
                }
            }
        }
    }

    private static void record(PostgresEventStore store, CatalogEvent event) {
        store.append(Append.of(List.of(TYPES.encode(event, Metadata.none()))));
    }
}
