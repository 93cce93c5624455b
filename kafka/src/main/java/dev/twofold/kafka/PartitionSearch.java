package dev.twofold.kafka;

import dev.twofold.EventStoreException;
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
        Map<TopicPartition, Long> found = new HashMap<>();
        List<Range> open = new ArrayList<>();
        consumer.endOffsets(partitions)
                .forEach(
                        (partition, end) -> {
                            long begin = begins.getOrDefault(partition, 0L);
                            open.add(new Range(partition, begin, end, begin == 0));
                        });
        while (true) {
            open.removeIf(
                    range -> {
                        boolean done = range.isNarrow(near);
                        if (done) {
                            found.put(range.partition, range.low);
                        }
                        return done;
                    });
            if (open.isEmpty()) {
                return found;
            }
            Map<TopicPartition, ConsumerRecord<byte[], byte[]>> records =
                    firstRecords(consumer, open);
            open.replaceAll(range -> range.halved(position, records.get(range.partition)));
        }
    }

    /// Where the offset lies: not before `low` and not beyond `high`.
    ///
    /// @param proven whether nothing that is later than the position has been deleted
    private record Range(TopicPartition partition, long low, long high, boolean proven) {

        boolean isNarrow(long near) {
            return low >= high || (proven && high - low <= near);
        }

        /// The offset to look at; where records have been deleted, first the one that is left
        /// first.
        long middle() {
            return proven ? low + (high - low) / 2 : low;
        }

        /// @param record the first at or after the middle, null if there is none
        Range halved(long position, @Nullable ConsumerRecord<byte[], byte[]> record) {
            if (record != null && positionOf(record) <= position) {
                return new Range(partition, record.offset() + 1, high, true);
            }
            if (!proven) {
                throw forgotten(partition, position);
            }
            return new Range(partition, low, middle(), true);
        }
    }

    /// What there is to say about a log whose topics were begun later than is asked for.
    static EventStoreException missing(TopicPartition partition, long position, long begin) {
        String message =
                "%s has the log only after position %d, and was read after position %d: its relay began there, or went on there when the topic was made anew; read the history from the log, or relay all of it to another topic"
                        .formatted(partition, begin, position);
        return new EventStoreException(message, new IllegalStateException(message));
    }

    private static EventStoreException forgotten(TopicPartition partition, long position) {
        String message =
                "%s does not reach back to position %d any more: its older records have been deleted by its retention; read the history from the log, or keep all records (retention.ms=-1, retention.bytes=-1)"
                        .formatted(partition, position);
        return new EventStoreException(message, new IllegalStateException(message));
    }

    /// The first record at or after the middle of each range; none where there is none before its
    /// end.
    private static Map<TopicPartition, ConsumerRecord<byte[], byte[]>> firstRecords(
            Consumer<byte[], byte[]> consumer, List<Range> ranges) {
        List<TopicPartition> partitions = ranges.stream().map(Range::partition).toList();
        consumer.assign(partitions);
        consumer.resume(partitions);
        ranges.forEach(range -> consumer.seek(range.partition, range.middle()));
        Map<TopicPartition, ConsumerRecord<byte[], byte[]>> found = new HashMap<>();
        List<Range> open = new ArrayList<>(ranges);
        long deadline = System.nanoTime() + Clients.PATIENCE.toNanos();
        while (!open.isEmpty()) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                if (!(EventMessages.read(record) instanceof Foreign)) {
                    found.putIfAbsent(
                            new TopicPartition(record.topic(), record.partition()), record);
                }
            }
            List<Range> done =
                    open.stream()
                            .filter(
                                    range ->
                                            found.containsKey(range.partition)
                                                    || consumer.position(range.partition)
                                                            >= range.high)
                            .toList();
            open.removeAll(done);
            consumer.pause(done.stream().map(Range::partition).toList());
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
            case Watermark watermark -> watermark.position();
            case Foreign _ -> Long.MAX_VALUE;
        };
    }
}
