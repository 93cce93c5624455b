package dev.twofold.kafka;

import dev.twofold.kafka.Message.Event;
import dev.twofold.kafka.Message.Foreign;
import dev.twofold.kafka.Message.Watermark;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
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
    /// @param partitions over which the log is spread according to it
    record End(long begin, long next, long position, int partitions, @Nullable UUID log) {
        boolean neverWritten() {
            return next == 0;
        }
    }

    private PartitionEnds() {}

    static Map<TopicPartition, End> find(
            Consumer<byte[], byte[]> consumer, Collection<TopicPartition> partitions) {
        Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        Map<TopicPartition, End> found = new HashMap<>();
        Set<TopicPartition> open = new HashSet<>();
        for (TopicPartition partition : partitions) {
            found.put(partition, new End(begins.get(partition), ends.get(partition), -1, 0, null));
            if (begins.get(partition) < ends.get(partition)) {
                open.add(partition);
            }
        }
        for (long look = FIRST_LOOK; !open.isEmpty(); look *= FURTHER) {
            Map<TopicPartition, Long> from = new LinkedHashMap<>();
            for (TopicPartition partition : open) {
                from.put(partition, Math.max(begins.get(partition), ends.get(partition) - look));
            }
            readLast(consumer, from, ends, found);
            open.removeIf(
                    partition ->
                            found.get(partition).position() >= 0
                                    || from.get(partition).equals(begins.get(partition)));
        }
        consumer.assign(List.of());
        return found;
    }

    private static void readLast(
            Consumer<byte[], byte[]> consumer,
            Map<TopicPartition, Long> from,
            Map<TopicPartition, Long> ends,
            Map<TopicPartition, End> found) {
        consumer.assign(from.keySet());
        from.forEach(consumer::seek);
        long deadline = System.nanoTime() + Clients.PATIENCE.toNanos();
        List<TopicPartition> left = new ArrayList<>(from.keySet());
        while (!left.isEmpty()) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                TopicPartition partition = new TopicPartition(record.topic(), record.partition());
                End before = found.get(partition);
                if (before != null) {
                    found.put(partition, after(before, record));
                }
            }
            left.removeIf(partition -> consumer.position(partition) >= ends.get(partition));
            if (!left.isEmpty() && System.nanoTime() > deadline) {
                throw new TimeoutException(
                        "the ends of %s could not be read within %s"
                                .formatted(left, Clients.PATIENCE));
            }
        }
    }

    private static End after(End before, ConsumerRecord<byte[], byte[]> record) {
        return switch (EventMessages.read(record)) {
            case Event(var event) ->
                    new End(
                            before.begin,
                            record.offset() + 1,
                            Math.max(before.position, event.position()),
                            before.partitions,
                            before.log);
            case Watermark(UUID log, long position, int partitions) ->
                    new End(
                            before.begin,
                            record.offset() + 1,
                            Math.max(before.position, position),
                            partitions,
                            log);
            case Foreign _ -> before;
        };
    }
}
