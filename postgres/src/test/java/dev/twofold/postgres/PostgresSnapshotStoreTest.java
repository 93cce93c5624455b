package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.EventSourcedHandler;
import dev.twofold.EventStore;
import dev.twofold.Metadata;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.SnapshotStore.Snapshot;
import dev.twofold.Snapshots;
import dev.twofold.Tag;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.Accounts.AccountDecider;
import dev.twofold.postgres.Accounts.Balance;
import dev.twofold.postgres.Accounts.Command;
import dev.twofold.postgres.Accounts.Command.Deposit;
import dev.twofold.postgres.Accounts.Event;
import dev.twofold.postgres.Accounts.TooLittle;
import dev.twofold.testkit.TestPostgres;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PostgresSnapshotStoreTest {
    private static final Query ACCOUNT = Accounts.history("42");

    private final TestPostgres.Database database = Logs.empty();
    private final PostgresSnapshotStore snapshots =
            new PostgresSnapshotStore(database.dataSource());

    @Test
    void keeps_the_newest_snapshot_of_a_boundary() {
        assertThat(snapshots.find("balance", ACCOUNT)).isEmpty();

        snapshots.save(new Snapshot("balance", 1, ACCOUNT, 7, "seven"));
        snapshots.save(new Snapshot("balance", 1, ACCOUNT, 5, "five"));

        assertThat(snapshots.find("balance", ACCOUNT))
                .contains(new Snapshot("balance", 1, ACCOUNT, 7, "seven"));
        assertThat(snapshots.find("balance", Accounts.history("43"))).isEmpty();
        assertThat(snapshots.find("limit", ACCOUNT)).isEmpty();
    }

    @Test
    void a_snapshot_of_another_revision_is_replaced_even_by_an_older_position() {
        snapshots.save(new Snapshot("balance", 1, ACCOUNT, 7, "seven"));
        snapshots.save(new Snapshot("balance", 2, ACCOUNT, 5, "five"));

        assertThat(snapshots.find("balance", ACCOUNT))
                .contains(new Snapshot("balance", 2, ACCOUNT, 5, "five"));
    }

    @Test
    void snapshots_of_other_revisions_can_be_dropped() {
        snapshots.save(new Snapshot("balance", 1, ACCOUNT, 7, "seven"));
        snapshots.save(new Snapshot("balance", 2, Accounts.history("43"), 8, "eight"));
        snapshots.save(new Snapshot("limit", 1, ACCOUNT, 7, "seven"));

        assertThat(snapshots.dropOthers("balance", 2)).isOne();

        assertThat(snapshots.find("balance", ACCOUNT)).isEmpty();
        assertThat(snapshots.find("balance", Accounts.history("43"))).isPresent();
        assertThat(snapshots.find("limit", ACCOUNT)).isPresent();
    }

    @Test
    void a_boundary_is_the_same_in_whatever_order_it_is_written() {
        Tag a = new Tag("a", "1");
        Tag b = new Tag("b", "2");
        Query one = Query.typeWithTags("x", a, b).or(ACCOUNT);
        Query other = ACCOUNT.or(Query.typeWithTags("x", b, a));
        snapshots.save(new Snapshot("balance", 1, one, 7, "seven"));

        assertThat(snapshots.find("balance", other)).isPresent();
        assertThat(snapshots.find("balance", Query.typeWithTags("x", a).or(ACCOUNT))).isEmpty();
    }

    @Test
    void a_handler_starts_from_its_snapshot_and_passes_over_one_of_another_revision() {
        try (PostgresEventStore store = new PostgresEventStore(database.dataSource())) {
            ReadCount reads = new ReadCount(store);
            for (int i = 0; i < 10; i++) {
                deposit(handler(reads, 1));
            }
            reads.events.clear();

            assertThat(deposit(handler(reads, 1))).isEqualTo(11);
            assertThat(reads.events).hasSize(5);

            reads.events.clear();
            assertThat(deposit(handler(reads, 2))).isEqualTo(12);
            assertThat(reads.events).hasSize(11);

            reads.events.clear();
            assertThat(deposit(handler(reads, 2))).isEqualTo(13);
            assertThat(reads.events).hasSize(1);
        }
    }

    private static int deposit(EventSourcedHandler<Command, Balance, Event, TooLittle> handler) {
        return handler.handle(new Deposit("42", 1), Metadata.none())
                        instanceof Accepted<Balance, TooLittle>(var balance, _, _)
                ? balance.amount()
                : -1;
    }

    private EventSourcedHandler<Command, Balance, Event, TooLittle> handler(
            EventStore store, int revision) {
        JacksonCodec codec = new JacksonCodec();
        return new EventSourcedHandler<>(
                        store,
                        Accounts.TYPES,
                        new AccountDecider(),
                        command -> Accounts.history(command.account()))
                .snapshottingIn(
                        new Snapshots<>(
                                snapshots,
                                "balance",
                                revision,
                                5,
                                codec::encode,
                                json -> codec.decode(json, Balance.class)));
    }

    /// Notes the events that are read.
    private record ReadCount(EventStore store, List<RecordedEvent> events) implements EventStore {
        ReadCount(EventStore store) {
            this(store, new ArrayList<>());
        }

        @Override
        public AppendOutcome append(Append append) {
            return store.append(append);
        }

        @Override
        public List<RecordedEvent> read(Query query, long after, int limit) {
            List<RecordedEvent> page = store.read(query, after, limit);
            events.addAll(page);
            return page;
        }

        @Override
        public long head() {
            return store.head();
        }
    }
}
