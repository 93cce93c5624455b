package dev.twofold.kafka;

import dev.twofold.kafka.Message.Event;
import dev.twofold.kafka.Message.Watermark;
import dev.twofold.testkit.TestKafka;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;

/// The broker of the tests, and what they see in it.
final class Broker {
    static final TestKafka KAFKA = TestKafka.start();
    static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration LOOK = Duration.ofMillis(10);

    private Broker() {}

    static Clients clients() {
        return new Clients(KAFKA.settings());
    }

    /// All committed records of topics, each partition's in order.
    static Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records(Topics topics) {
        return records(clients(), topics);
    }

    static Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records(
            Clients clients, Topics topics) {
        try (Consumer<byte[], byte[]> consumer = clients.reader(1 << 20)) {
            LogPartitions partitions = new LogPartitions(topics);
            partitions.refresh(consumer);
            return records(consumer, partitions.all());
        }
    }

    /// The committed records of the only partition of a topic.
    static List<ConsumerRecord<byte[], byte[]>> records(String topic) {
        try (Consumer<byte[], byte[]> consumer = clients().reader(1 << 20)) {
            TopicPartition only = new TopicPartition(topic, 0);
            return consumer.listTopics().containsKey(topic)
                    ? records(consumer, List.of(only)).getOrDefault(only, List.of())
                    : List.of();
        }
    }

    private static Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records(
            Consumer<byte[], byte[]> consumer, List<TopicPartition> partitions) {
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> found = new HashMap<>();
        partitions.forEach(partition -> found.put(partition, new ArrayList<>()));
        Map<TopicPartition, Long> left = new HashMap<>(consumer.endOffsets(partitions));
        while (!left.isEmpty()) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                found.computeIfAbsent(
                                new TopicPartition(record.topic(), record.partition()),
                                _ -> new ArrayList<>())
                        .add(record);
            }
            left.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue());
        }
        return found;
    }

    /// The positions of a partition's events, in their order there.
    static List<Long> positions(List<ConsumerRecord<byte[], byte[]>> records) {
        List<Long> positions = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            if (EventMessages.read(record) instanceof Event(var event)) {
                positions.add(event.position());
            }
        }
        return positions;
    }

    /// The events of all partitions by position, repetitions included.
    static List<Long> positions(Topics topics) {
        return records(topics).values().stream()
                .flatMap(records -> positions(records).stream())
                .sorted(Comparator.naturalOrder())
                .toList();
    }

    /// The position that every partition's watermarks have passed.
    static long watermark(Topics topics) {
        return records(topics).values().stream()
                .mapToLong(
                        records ->
                                records.stream()
                                        .map(EventMessages::read)
                                        .mapToLong(
                                                message ->
                                                        message instanceof Watermark w
                                                                ? w.position()
                                                                : 0)
                                        .max()
                                        .orElse(0))
                .min()
                .orElse(0);
    }

    /// Waits, looking now and then: whoever is waited for needs the processor.
    static void await(BooleanSupplier condition) {
        await(LONG, condition);
    }

    /// Likewise, for as long as it may take at most.
    static void await(Duration atMost, BooleanSupplier condition) {
        Awaitility.await()
                .atMost(atMost)
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(LOOK)
                .until(condition::getAsBoolean);
    }
}
