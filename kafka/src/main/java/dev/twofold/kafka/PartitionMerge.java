package dev.twofold.kafka;

import dev.twofold.EventStoreException;
import dev.twofold.RecordedEvent;
import dev.twofold.kafka.Message.Event;
import dev.twofold.kafka.Message.Foreign;
import dev.twofold.kafka.Message.Watermark;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Brings the partitions of a log back into the one order of its positions.
///
/// Each partition has its events in order, though perhaps some of them again; what is not beyond
/// all before it in its partition is such a repetition and is passed over. Up to the position that
/// the watermarks of all partitions have passed nothing can be missing, so the events up to there
/// are given out, in order. An event alone proves nothing of the kind: a partition that was added
/// is known of only by the watermark that follows.
///
/// Not safe for use by many threads.
final class PartitionMerge implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PartitionMerge.class.getName());

    /// More events than this are not kept back for one partition while another lags.
    private static final int CROWDED = 5_000;

    private final Consumer<byte[], byte[]> consumer;
    private final LogPartitions partitions;
    private final Map<TopicPartition, Lane> lanes = new HashMap<>();
    private final Set<TopicPartition> foreign = new HashSet<>();
    private final Queue<Lane> heads =
            new PriorityQueue<>(Comparator.comparingLong(Lane::firstPosition));
    private int expected;
    private long complete;
    private long heard;
    private @Nullable UUID log;

    /// @param consumer used by this alone, and closed with it
    /// @param complete the position up to which all is known already
    PartitionMerge(
            Consumer<byte[], byte[]> consumer,
            LogPartitions partitions,
            @Nullable UUID log,
            long complete) {
        this.consumer = consumer;
        this.partitions = partitions;
        this.log = log;
        this.complete = complete;
    }

    /// Begins to read partitions, which have all up to a position before the given offsets.
    void add(Map<TopicPartition, Long> offsets, Map<TopicPartition, Long> positions) {
        offsets.keySet().forEach(p -> lanes.put(p, new Lane(positions.getOrDefault(p, 0L))));
        consumer.assign(lanes.keySet());
        offsets.forEach(consumer::seek);
        expect(lanes.size());
    }

    /// Takes nothing for complete before it reads at least so many partitions.
    void expect(int spread) {
        expected = Math.max(expected, spread);
    }

    /// Up to where all events have been given out.
    long complete() {
        return complete;
    }

    /// The log that the partitions carry, once a watermark was seen.
    @Nullable UUID log() {
        return log;
    }

    /// When the newest record was written that a relay wrote, in milliseconds of the epoch; 0
    /// before any was seen.
    long heard() {
        return heard;
    }

    /// How many records there are that have not been read, as far as the consumer knows.
    long unread() {
        return lanes.keySet().stream()
                .mapToLong(partition -> consumer.currentLag(partition).orElse(0))
                .sum();
    }

    /// The next events in order, none if it is not known yet which they are.
    ///
    /// @throws IllegalStateException if the partitions carry another log than before
    /// @throws EventStoreException if they begin only after what is known already
    List<RecordedEvent> poll(Duration timeout) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(timeout)) {
            TopicPartition partition = new TopicPartition(record.topic(), record.partition());
            Lane lane = lanes.get(partition);
            if (lane != null) {
                take(record, partition, lane);
            }
        }
        if (expected > lanes.size()) {
            discover();
        }
        if (expected <= lanes.size()) {
            long passed = lanes.values().stream().mapToLong(l -> l.passed).min().orElse(0);
            complete = Math.max(complete, passed);
        }
        List<RecordedEvent> events = drain();
        slow();
        return events;
    }

    private void take(ConsumerRecord<byte[], byte[]> record, TopicPartition partition, Lane lane) {
        switch (EventMessages.read(record)) {
            case Event(var event) -> {
                if (event.position() > lane.reached) {
                    lane.reached = event.position();
                    if (event.position() > complete) {
                        lane.events.add(event);
                    }
                }
            }
            case Watermark(UUID of, long position, int spread, long begin) -> {
                if (log == null) {
                    log = of;
                } else if (!log.equals(of)) {
                    throw new IllegalStateException(
                            "%s carries the log %s, but was read as that of %s: has the topic been used for another log?"
                                    .formatted(partition, of, log));
                }
                if (begin > complete) {
                    throw PartitionSearch.missing(partition, complete, begin);
                }
                expect(spread);
                heard = Math.max(heard, record.timestamp());
                lane.reached = Math.max(lane.reached, position);
                lane.passed = Math.max(lane.passed, position);
            }
            case Foreign(String reason) -> {
                if (foreign.add(partition)) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "{0} has a record at offset {1} that no relay wrote; it and others of"
                                    + " its kind are passed over: {2}",
                            partition,
                            record.offset(),
                            reason);
                }
            }
        }
    }

    private List<RecordedEvent> drain() {
        lanes.values().stream().filter(lane -> !lane.events.isEmpty()).forEach(heads::add);
        List<RecordedEvent> events = new ArrayList<>();
        for (Lane lane = heads.poll(); lane != null; lane = heads.poll()) {
            if (lane.firstPosition() > complete) {
                break;
            }
            events.add(lane.events.remove());
            if (!lane.events.isEmpty()) {
                heads.add(lane);
            }
        }
        heads.clear();
        return events;
    }

    /// Lets partitions wait that are far ahead of the others.
    private void slow() {
        lanes.forEach(
                (partition, lane) -> {
                    boolean crowded = lane.events.size() > CROWDED;
                    if (crowded != lane.waits) {
                        lane.waits = crowded;
                        if (crowded) {
                            consumer.pause(Set.of(partition));
                        } else {
                            consumer.resume(Set.of(partition));
                        }
                    }
                });
    }

    /// Reads partitions that were added since, from their start.
    private void discover() {
        partitions.refresh(consumer);
        List<TopicPartition> added =
                partitions.all().stream().filter(p -> !lanes.containsKey(p)).toList();
        if (!added.isEmpty()) {
            add(consumer.beginningOffsets(added), Map.of());
        }
    }

    @Override
    public void close() {
        consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ZERO));
    }

    /// What is known of one partition.
    private static final class Lane {
        private final Queue<RecordedEvent> events = new ArrayDeque<>();

        /// The furthest event that was read of the partition.
        private long reached;

        /// The furthest watermark.
        private long passed;

        private boolean waits;

        private Lane(long position) {
            this.reached = position;
            this.passed = position;
        }

        private long firstPosition() {
            RecordedEvent first = events.peek();
            return first == null ? Long.MAX_VALUE : first.position();
        }
    }
}
