package dev.twofold.kafka;

import dev.twofold.kafka.Message.Event;
import dev.twofold.kafka.Message.Foreign;
import dev.twofold.kafka.Message.Watermark;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Finds the last committed record of each partition.
///
/// A transaction of the relay ends with a watermark in every partition, so the last records of all
/// partitions are watermarks of the same transaction when nobody writes.
final class PartitionEnds {
    private static final long FIRST_LOOK = 8;
    private static final long FURTHER = 16;

    /// @param begin the first offset there is
    /// @param next the offset after the last committed record, or where reading may begin if there
    ///   is none
    /// @param position of the last committed record; -1 if there is none
    /// @param watermark the last one that was read on the way; null if there is none
    record End(long begin, long next, long position, @Nullable Watermark watermark) {}

    private PartitionEnds() {}

    static Map<TopicPartition, End> find(
            Consumer<byte[], byte[]> consumer, Collection<TopicPartition> partitions) {
        Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
        Map<TopicPartition, End> found = new HashMap<>();
        List<Tail> tails = new ArrayList<>();
        consumer.endOffsets(partitions)
                .forEach(
                        (partition, end) -> {
                            long begin = begins.getOrDefault(partition, 0L);
                            found.put(partition, new End(begin, end, -1, null));
                            if (begin < end) {
                                tails.add(new Tail(partition, begin, end));
                            }
                        });
        for (long look = FIRST_LOOK; !tails.isEmpty(); look *= FURTHER) {
            long length = look;
            readLast(consumer, tails, length, found);
            tails.removeIf(
                    tail -> tail.from(length) == tail.begin || found(found, tail).position >= 0);
        }
        consumer.assign(List.of());
        return found;
    }

    /// What there is of a partition.
    private record Tail(TopicPartition partition, long begin, long end) {
        long from(long length) {
            return Math.max(begin, end - length);
        }
    }

    private static void readLast(
            Consumer<byte[], byte[]> consumer,
            List<Tail> tails,
            long length,
            Map<TopicPartition, End> found) {
        consumer.assign(tails.stream().map(Tail::partition).toList());
        tails.forEach(tail -> consumer.seek(tail.partition, tail.from(length)));
        long deadline = System.nanoTime() + Clients.PATIENCE.toNanos();
        List<Tail> left = new ArrayList<>(tails);
        while (!left.isEmpty()) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                TopicPartition partition = new TopicPartition(record.topic(), record.partition());
                found.computeIfPresent(partition, (_, before) -> after(before, record));
            }
            left.removeIf(tail -> consumer.position(tail.partition) >= tail.end);
            if (!left.isEmpty() && System.nanoTime() > deadline) {
                throw new TimeoutException(
                        "the ends of %s could not be read within %s"
                                .formatted(left, Clients.PATIENCE));
            }
        }
    }

    private static End found(Map<TopicPartition, End> found, Tail tail) {
        return found.getOrDefault(tail.partition, new End(tail.begin, tail.end, -1, null));
    }

    private static End after(End before, ConsumerRecord<byte[], byte[]> record) {
        return switch (EventMessages.read(record)) {
            case Event(var event) ->
                    new End(
                            before.begin,
                            record.offset() + 1,
                            Math.max(before.position, event.position()),
                            before.watermark);
            case Watermark watermark ->
                    new End(
                            before.begin,
                            record.offset() + 1,
                            Math.max(before.position, watermark.position()),
                            watermark);
            case Foreign _ -> before;
        };
    }
}
