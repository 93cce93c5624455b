package dev.twofold.kafka;

import dev.twofold.EventStoreException;
import dev.twofold.kafka.Message.Event;
import dev.twofold.kafka.Message.Foreign;
import dev.twofold.kafka.Message.Watermark;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/// Finds where in each partition the events after a position begin, by halving.
///
/// It ends at an offset before which the partition has an event or watermark up to the position;
/// what lies between that and the end has all later events, also where some are there twice. That
/// takes offsets of no account: a position holds for a topic that was copied, or made anew, too.
final class PartitionSearch {
    static final long NEAR = 500;

    private PartitionSearch() {}

    /// @param consumer which fetches little at a time
    /// @param near fewer records than this are read rather than searched
    /// @throws EventStoreException if the events after the position may not be there any more
    static Map<TopicPartition, Long> find(
            Consumer<byte[], byte[]> consumer,
            Collection<TopicPartition> partitions,
            long position,
            long near) {
        Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
        Map<TopicPartition, Long> low = new HashMap<>(begins);
        Map<TopicPartition, Long> high = new HashMap<>(consumer.endOffsets(partitions));
        while (true) {
            Map<TopicPartition, Long> middles = new HashMap<>();
            for (TopicPartition partition : partitions) {
                long from = low.get(partition);
                long to = high.get(partition);
                boolean proven = from > begins.get(partition) || begins.get(partition) == 0;
                if (from < to && (to - from > near || !proven)) {
                    // the first record of all proves the most where records have been deleted
                    middles.put(partition, proven ? from + (to - from) / 2 : from);
                }
            }
            if (middles.isEmpty()) {
                return low;
            }
            Map<TopicPartition, ConsumerRecord<byte[], byte[]>> found =
                    firstRecords(consumer, middles, high);
            for (Map.Entry<TopicPartition, Long> probe : middles.entrySet()) {
                TopicPartition partition = probe.getKey();
                ConsumerRecord<byte[], byte[]> record = found.get(partition);
                if (record != null && positionOf(record) <= position) {
                    low.put(partition, record.offset() + 1);
                } else if (probe.getValue().equals(begins.get(partition))
                        && begins.get(partition) > 0) {
                    throw forgotten(partition, position);
                } else {
                    high.put(partition, probe.getValue());
                }
            }
        }
    }

    private static EventStoreException forgotten(TopicPartition partition, long position) {
        String message =
                "%s does not reach back to position %d any more: its older records have been deleted by its retention; read the history from the log, or keep all records (retention.ms=-1, retention.bytes=-1)"
                        .formatted(partition, position);
        return new EventStoreException(message, new IllegalStateException(message));
    }

    /// The first record at or after each offset; none where there is none before the end.
    private static Map<TopicPartition, ConsumerRecord<byte[], byte[]>> firstRecords(
            Consumer<byte[], byte[]> consumer,
            Map<TopicPartition, Long> from,
            Map<TopicPartition, Long> ends) {
        consumer.assign(from.keySet());
        consumer.resume(from.keySet());
        from.forEach(consumer::seek);
        Map<TopicPartition, ConsumerRecord<byte[], byte[]>> found = new HashMap<>();
        Set<TopicPartition> open = new HashSet<>(from.keySet());
        long deadline = System.nanoTime() + Clients.PATIENCE.toNanos();
        while (!open.isEmpty()) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                if (!(EventMessages.read(record) instanceof Foreign)) {
                    found.putIfAbsent(
                            new TopicPartition(record.topic(), record.partition()), record);
                }
            }
            Set<TopicPartition> done = new HashSet<>();
            for (TopicPartition partition : open) {
                if (found.containsKey(partition)
                        || consumer.position(partition) >= ends.get(partition)) {
                    done.add(partition);
                }
            }
            open.removeAll(done);
            consumer.pause(done);
            if (!open.isEmpty() && System.nanoTime() > deadline) {
                throw new TimeoutException(
                        "%s could not be searched within %s".formatted(open, Clients.PATIENCE));
            }
        }
        return found;
    }

    private static long positionOf(ConsumerRecord<byte[], byte[]> record) {
        return switch (EventMessages.read(record)) {
            case Event(var event) -> event.position();
            case Watermark(_, long position, _) -> position;
            case Foreign _ -> Long.MAX_VALUE;
        };
    }
}
