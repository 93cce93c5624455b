package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.EventStoreException;
import dev.twofold.testkit.TestPostgres;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FollowTest {
    private final DataSource database = TestPostgres.database().dataSource();
    private final UUID elsewhere = UUID.randomUUID();

    @BeforeEach
    void migrate() {
        PostgresLog.migrate(database);
    }

    @Test
    void an_empty_database_takes_the_epoch_of_the_log_that_it_follows() {
        PostgresLog.follow(database, elsewhere);
        PostgresLog.follow(database, elsewhere);

        assertThat(epoch()).isEqualTo(elsewhere);
    }

    @Test
    void a_database_with_a_log_of_its_own_follows_no_other() {
        UUID own = epoch();
        try (PostgresEventStore store = new PostgresEventStore(database)) {
            store.append(Logs.append(Logs.event(null, "happened")));
        }

        assertThatThrownBy(() -> PostgresLog.follow(database, elsewhere))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has the log " + own)
                .hasMessageContaining("give that one an empty database");
        assertThatThrownBy(() -> PostgresLog.follow(database, own))
                .isInstanceOf(IllegalStateException.class);
        assertThat(PostgresLog.follows(database)).isFalse();
    }

    @Test
    void a_database_with_projections_of_one_log_follows_no_other() {
        Shop shop = new Shop();
        shop.record(new OrderEvent.CustomerRegistered("c1", "Ann"));
        PostgresLog.follow(database, elsewhere);
        try (Projections projections =
                new Projections(
                        database,
                        shop.log,
                        List.of(Projection.of(Shop.TYPES, Shop.table("order-page"))))) {
            projections.catchUp();
        }

        assertThatThrownBy(() -> PostgresLog.follow(database, UUID.randomUUID()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("follows the log " + elsewhere);
        PostgresLog.follow(database, elsewhere);
    }

    @Test
    void a_database_that_follows_a_log_takes_no_events() {
        PostgresLog.follow(database, elsewhere);

        assertThat(PostgresLog.follows(database)).isTrue();
        try (PostgresEventStore store = new PostgresEventStore(database)) {
            assertThatThrownBy(() -> store.append(Logs.append(Logs.event(null, "happened"))))
                    .isInstanceOf(EventStoreException.class)
                    .hasMessageContaining("a log that is elsewhere, and takes no events");
            assertThat(store.head()).isZero();
        }
    }

    private UUID epoch() {
        try (PostgresEventStore store = new PostgresEventStore(database)) {
            return store.info().epoch();
        }
    }
}
