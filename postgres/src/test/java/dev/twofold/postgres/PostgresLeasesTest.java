package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Lease;
import dev.twofold.Leases;
import dev.twofold.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PostgresLeasesTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final DataSource DATABASE = TestPostgres.database().dataSource();

    private final Leases leases = new PostgresLeases(DATABASE);

    @BeforeAll
    static void migrate() {
        PostgresLog.migrate(DATABASE);
    }

    @BeforeEach
    void empty() throws Exception {
        execute("TRUNCATE twofold.lease");
    }

    @Test
    void has_one_holder_at_a_time() {
        Lease lease = leases.take("relay", "one", LONG).orElseThrow();

        assertThat(lease.term()).isEqualTo(1);
        assertThat(lease.position()).isZero();
        assertThat(leases.take("relay", "two", LONG)).isEmpty();
        assertThat(leases.take("other", "two", LONG)).isPresent();
        assertThat(leases.find("relay").orElseThrow().holder()).isEqualTo("one");
        assertThat(leases.find("unheard-of")).isEmpty();
    }

    @Test
    void goes_to_the_next_with_the_position_when_it_is_released() {
        Lease first = leases.take("relay", "one", LONG).orElseThrow();
        assertThat(leases.keep(first, 42, LONG)).isTrue();
        leases.release(first);

        Lease second = leases.take("relay", "two", LONG).orElseThrow();

        assertThat(second.term()).isEqualTo(2);
        assertThat(second.position()).isEqualTo(42);
    }

    @Test
    void is_lost_to_another_once_its_time_is_over() throws Exception {
        Lease first = leases.take("relay", "one", LONG).orElseThrow();
        leases.keep(first, 42, LONG);
        execute("UPDATE twofold.lease SET until = clock_timestamp() - interval '1 ms'");
        Lease second = leases.take("relay", "two", LONG).orElseThrow();

        assertThat(leases.keep(first, 50, LONG)).isFalse();
        leases.release(first);

        assertThat(leases.find("relay").orElseThrow().position()).isEqualTo(42);
        assertThat(leases.take("relay", "one", LONG)).isEmpty();
        assertThat(leases.keep(second, 43, LONG)).isTrue();
    }

    @Test
    void can_be_taken_again_by_its_holder_which_ends_the_earlier_term() {
        Lease before = leases.take("relay", "one", LONG).orElseThrow();
        Lease after = leases.take("relay", "one", LONG).orElseThrow();

        assertThat(after.term()).isEqualTo(2);
        assertThat(leases.keep(before, 1, LONG)).isFalse();
        assertThat(leases.keep(after, 1, LONG)).isTrue();
    }

    @Test
    void goes_to_one_of_many_who_ask_at_once() throws Exception {
        int contenders = 8;
        CyclicBarrier start = new CyclicBarrier(contenders);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Optional<Lease>>> calls =
                    Stream.iterate(0, i -> i + 1)
                            .limit(contenders)
                            .<Callable<Optional<Lease>>>map(
                                    i ->
                                            () -> {
                                                start.await();
                                                return leases.take("relay", "holder-" + i, LONG);
                                            })
                            .toList();
            int taken = 0;
            for (Future<Optional<Lease>> call : threads.invokeAll(calls)) {
                taken += call.get().isPresent() ? 1 : 0;
            }
            assertThat(taken).isEqualTo(1);
        }
    }

    private static void execute(String sql) throws Exception {
        try (Connection connection = DATABASE.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
