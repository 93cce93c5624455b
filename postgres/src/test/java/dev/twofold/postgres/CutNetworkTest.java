package dev.twofold.postgres;

import static dev.twofold.postgres.Logs.append;
import static dev.twofold.postgres.Logs.event;
import static dev.twofold.postgres.Logs.stream;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.Condition.ExpectedVersion;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.postgres.CutSockets.Cut;
import dev.twofold.testkit.TestNetwork;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;

/// Appends over a network that is cut, while the server lives on and knows nothing of it.
@Timeout(60)
class CutNetworkTest {
    private final TestPostgres.Database database = Logs.empty();
    private final PGSimpleDataSource direct = dataSource();
    private CutSockets network;
    private PostgresEventStore store;

    @BeforeEach
    void open() throws IOException {
        network = new CutSockets(direct, "twofold.append_event");
        PGSimpleDataSource throughIt = dataSource();
        throughIt.setServerNames(new String[] {"127.0.0.1"});
        throughIt.setPortNumbers(new int[] {network.port()});
        throughIt.setPrepareThreshold(0); // each call has its text
        store = new PostgresEventStore(throughIt);
        assertThat(store.append(append(event(stream(1), "before")))).isEqualTo(new Appended(1, 1));
    }

    @AfterEach
    void close() throws IOException {
        store.close();
        network.close();
    }

    @ParameterizedTest
    @EnumSource(names = "NEVER", mode = EnumSource.Mode.EXCLUDE)
    void an_append_is_there_once_with_its_true_outcome_wherever_the_network_is_cut(Cut cut)
            throws InterruptedException {
        Append append = append(event(stream(1), "cut"), new ExpectedVersion(stream(1), 1));
        assertThat(EventCall.takes(append)).isTrue();
        assertIsThereOnce(append, cut);
    }

    @ParameterizedTest
    @EnumSource(names = "NEVER", mode = EnumSource.Mode.EXCLUDE)
    void so_is_one_that_is_judged_as_a_batch(Cut cut) throws InterruptedException {
        Append append = append(event(null, "cut"), new ExpectedVersion(stream(1), 1));
        assertThat(EventCall.takes(append)).isFalse();
        assertIsThereOnce(append, cut);
    }

    private void assertIsThereOnce(Append append, Cut cut) throws InterruptedException {
        network.cut(cut);

        assertThat(store.append(append)).isEqualTo(new Appended(2, 2));

        network.awaitCut();
        assertThat(types()).containsExactly("before", "cut");
    }

    /// The first call is still under way in the server when the second one comes.
    @Test
    void a_call_that_goes_on_without_its_client_is_waited_for() throws Exception {
        try (ExecutorService caller = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<AppendOutcome> outcome;
            try (HeldLog log = new HeldLog(direct)) {
                network.cut(Cut.AFTER_THE_CALL);
                outcome =
                        caller.submit(
                                () ->
                                        store.append(
                                                append(
                                                        event(stream(1), "cut"),
                                                        new ExpectedVersion(stream(1), 1))));
                network.awaitCut();
                log.awaitCalls(2);
            }
            assertThat(outcome.get()).isEqualTo(new Appended(2, 2));
        }
        assertThat(types()).containsExactly("before", "cut");
    }

    /// Neither side is told of anything.
    @Test
    @Timeout(20) // less than the store waits where the connection says nothing else
    void a_connection_that_leads_nowhere_is_given_up_after_the_time_that_it_says()
            throws Exception {
        PGSimpleDataSource through = dataSource();
        try (TestNetwork forgetful = TestNetwork.to(direct.getPortNumbers()[0])) {
            through.setServerNames(new String[] {"127.0.0.1"});
            through.setPortNumbers(new int[] {forgetful.port()});
            through.setSocketTimeout(1);
            through.setLoginTimeout(1);
            try (PostgresEventStore nowhere = new PostgresEventStore(through);
                    ExecutorService caller = Executors.newVirtualThreadPerTaskExecutor()) {
                nowhere.append(append(event(null, "before-too")));
                forgetful.lose();
                Future<AppendOutcome> outcome =
                        caller.submit(() -> nowhere.append(append(event(null, "lost"))));
                forgetful.awaitLoss();
                forgetful.heal();
                assertThat(outcome.get()).isEqualTo(new Appended(3, 3));
            }
        }
        assertThat(types()).containsExactly("before", "before-too", "lost");
    }

    private Iterable<String> types() {
        try (PostgresEventStore reader = new PostgresEventStore(direct)) {
            return reader.read(Query.all(), 0, 10).stream().map(RecordedEvent::type).toList();
        }
    }

    private PGSimpleDataSource dataSource() {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl(database.url());
        return dataSource;
    }
}
