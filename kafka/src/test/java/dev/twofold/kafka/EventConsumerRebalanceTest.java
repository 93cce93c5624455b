package dev.twofold.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Recorded;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Members of a group that are lost, or taken for lost, as they work.
@Timeout(120)
class EventConsumerRebalanceTest {
    private final ShopLog shop = new ShopLog();
    private final Sales sales = new Sales();
    private final List<Process> members = new ArrayList<>();

    @AfterEach
    void close() {
        members.forEach(Process::destroyForcibly);
        sales.close();
        shop.close();
    }

    @Test
    void a_member_that_is_killed_as_it_works_is_replaced_without_loss_or_repetition()
            throws Exception {
        try (Relay relay = shop.relay()) {
            relay.start();
            Process victim = member("victim");
            member("heir");
            Broker.await(
                    () -> {
                        shop.recordHistory(20);
                        return sales.soldBy("victim") > 10 && sales.soldBy("heir") > 10;
                    });
            int before = sales.soldBy("victim");
            shop.recordHistory(1_500);
            Broker.await(() -> sales.soldBy("victim") > before + 20);
            victim.destroyForcibly().waitFor();
            int left = Sales.of(shop).size() - sales.sold().size();
            assertThat(left).as("events not handled when it was killed").isPositive();
            shop.recordHistory(200);
            sales.await(shop);

            member("newcomer");
            Broker.await(
                    () -> {
                        shop.recordHistory(20);
                        return sales.soldBy("newcomer") > 0;
                    });
            sales.await(shop);
        }
        sales.assertEachOnceAndInOrder(shop);
    }

    /// A member that hangs is taken for lost, and goes on when others have done its work: before it
    /// has begun a transaction, or in the midst of one.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_member_that_was_given_up_and_comes_back_adds_nothing(boolean inTransaction)
            throws Exception {
        try (Relay relay = shop.relay()) {
            relay.start();
            long head = shop.recordHistory(300);
            Broker.await(() -> relay.status().position() == head);
        }
        Hang hang = new Hang(3);
        DataSource own = inTransaction ? sales.dataSource : hang.before(sales.dataSource);
        Map<String, Object> impatient = new HashMap<>(SalesMember.settings(bootstrap()));
        impatient.put("max.poll.interval.ms", 2_000);
        try (EventConsumer<ShopEvent> stuck =
                        new EventConsumer<>(
                                impatient,
                                shop.topics,
                                "sales",
                                ShopEvent.TYPES,
                                own,
                                (connection, event) -> {
                                    Sales.insert(connection, event, "stuck");
                                    if (inTransaction) {
                                        hang.pass();
                                    }
                                });
                EventConsumer<ShopEvent> heir =
                        new EventConsumer<>(
                                SalesMember.settings(bootstrap()),
                                shop.topics,
                                "sales",
                                ShopEvent.TYPES,
                                sales.dataSource,
                                EventConsumerRebalanceTest::inherit)) {
            stuck.start();
            hang.reached.await();
            heir.start();
            if (inTransaction) {
                Broker.await(this::waitsForAnother);
            } else {
                sales.await(shop);
            }
            hang.released.countDown();
            sales.await(shop);
            relayMore();
            sales.await(shop);
        }
        sales.assertEachOnceAndInOrder(shop);
    }

    private static void inherit(Connection connection, Recorded<ShopEvent> event)
            throws SQLException {
        Sales.insert(connection, event, "heir");
    }

    /// Whether a member waits in the database for what another has not committed.
    private boolean waitsForAnother() {
        return !sales.query(
                        """
                        SELECT 1 FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'
                        """)
                .isEmpty();
    }

    private void relayMore() {
        long head = shop.recordHistory(60);
        try (Relay relay = shop.relay()) {
            relay.start();
            Broker.await(() -> relay.status().position() == head);
        }
    }

    private static String bootstrap() {
        return Broker.KAFKA.bootstrap();
    }

    private Process member(String name) throws IOException {
        String classPath =
                String.join(
                        File.pathSeparator,
                        Path.of("target", "test-classes").toString(),
                        System.getProperty("jdk.module.path", ""),
                        System.getProperty("java.class.path"));
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-Xmx128m",
                                "-cp",
                                classPath,
                                SalesMember.class.getName(),
                                name,
                                bootstrap(),
                                shop.topics.base(),
                                "killed-" + shop.epoch,
                                sales.url())
                        .redirectErrorStream(true)
                        .redirectOutput(Path.of("target", "member-%s.txt".formatted(name)).toFile())
                        .start();
        members.add(process);
        return process;
    }

    /// Holds up the thread that passes for the nth time, until it is released.
    private static final class Hang {
        private final AtomicInteger left;
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);

        Hang(int time) {
            this.left = new AtomicInteger(time);
        }

        void pass() {
            if (left.decrementAndGet() == 0) {
                reached.countDown();
                try {
                    released.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        /// The same database, to those who get past.
        DataSource before(DataSource dataSource) {
            return (DataSource)
                    Proxy.newProxyInstance(
                            DataSource.class.getClassLoader(),
                            new Class<?>[] {DataSource.class},
                            (_, method, arguments) -> {
                                pass();
                                try {
                                    return method.invoke(dataSource, arguments);
                                } catch (InvocationTargetException e) {
                                    throw e.getCause();
                                }
                            });
        }
    }
}
