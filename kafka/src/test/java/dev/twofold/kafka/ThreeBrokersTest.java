package dev.twofold.kafka;

import static dev.twofold.kafka.RelayTest.range;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.WaitOutcome;
import dev.twofold.testkit.TestKafka;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A relay, and a node that Kafka feeds, on three brokers of which two have each record before it
/// counts: none of them is needed.
@Timeout(240)
class ThreeBrokersTest {
    private static final String TRANSACTIONS = "__transaction_state";

    private final TestKafka kafka = TestKafka.start(3);
    private final ShopLog shop = new ShopLog();
    private final HikariDataSource node = ShopLog.emptyDatabase();

    @AfterEach
    void close() {
        node.close();
        shop.close();
        kafka.close();
    }

    @Test
    void a_broker_that_is_killed_and_comes_back_costs_neither_an_event_nor_the_order()
            throws Exception {
        try (Relay relay =
                        new Relay(
                                shop.store,
                                shop.epoch,
                                shop.leases,
                                kafka.settings(),
                                RelaySettings.to(shop.topics));
                KafkaLog log = new KafkaLog(kafka.settings(), shop.topics);
                Projections here = new Projections(node, log, KafkaLogTest.PROJECTIONS);
                Admin admin = new Clients(kafka.settings()).admin()) {
            log.onGrowth(here::appended);
            relay.start();
            here.start();
            arrives(here, shop.recordHistory(200));

            // it leads a partition of the topic too, and perhaps the controllers
            int victim = leader(admin, TRANSACTIONS);
            kafka.kill(victim);
            arrives(here, shop.recordHistory(200));
            assertThat(inSync(admin, shop.topics.base())).doesNotContain(victim);

            kafka.restart(victim);
            Broker.await(() -> inSync(admin, shop.topics.base()).contains(victim));
            arrives(here, shop.recordHistory(50));
            assertThat(relay.status().failure()).isNull();
        }
        List<Long> positions = new ArrayList<>();
        Broker.records(new Clients(kafka.settings()), shop.topics)
                .values()
                .forEach(
                        records -> {
                            assertThat(Broker.positions(records)).isSorted();
                            positions.addAll(Broker.positions(records));
                        });
        assertThat(positions).containsExactlyInAnyOrderElementsOf(range(1, shop.store.head()));
        try (Projections there =
                new Projections(shop.dataSource, shop.store, KafkaLogTest.PROJECTIONS)) {
            there.catchUp();
            assertThat(KafkaLogTest.contents(node))
                    .isEqualTo(KafkaLogTest.contents(shop.dataSource));
        }
    }

    private static void arrives(Projections node, long position) throws InterruptedException {
        assertThat(node.await("order-page", position, Broker.LONG))
                .isEqualTo(new WaitOutcome.Reached(position));
    }

    private static int leader(Admin admin, String topic) {
        return partitions(admin, topic).getFirst().leader().id();
    }

    /// The brokers that are in step in all partitions.
    private static Set<Integer> inSync(Admin admin, String topic) {
        Set<Integer> brokers = new HashSet<>(Set.of(1, 2, 3));
        for (TopicPartitionInfo partition : partitions(admin, topic)) {
            brokers.retainAll(partition.isr().stream().map(Node::id).toList());
        }
        return brokers;
    }

    private static List<TopicPartitionInfo> partitions(Admin admin, String topic) {
        try {
            return requireNonNull(
                            admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic))
                    .partitions();
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
