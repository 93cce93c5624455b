package dev.twofold.kafka;

import dev.twofold.EventFeed;
import dev.twofold.EventStore;
import dev.twofold.EventStoreException;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.kafka.Message.Watermark;
import dev.twofold.kafka.PartitionEnds.End;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A log as its topics have it: what projections take in where the log itself is out of reach.
///
/// The events of all partitions are given out in the one order of their positions, each once, up to
/// the position that the watermarks of all partitions have passed. So a projection runs as on the
/// log, its checkpoint is a position, and waiting for a position works. No consumer group is used
/// and no offset is kept: where a position lies in the partitions is searched for.
///
/// One thread follows the end of the topics and keeps the newest events, at most 20,000 and 32 Mi
/// characters of data. What begins before that, such as a rebuild, has a consumer of its own; or
/// reads another feed, if one is given for the history. Safe for use by many threads.
public final class KafkaLog implements EventFeed, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(KafkaLog.class.getName());
    private static final int RECENT = 20_000;
    private static final long RECENT_LENGTH = 32L << 20;
    private static final int MOST_CURSORS = 8;
    private static final Duration TURN = Duration.ofMillis(200);
    private static final Duration PAGE_TIME = Duration.ofSeconds(2);
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final Clients clients;
    private final Topics topics;
    private final @Nullable EventFeed history;
    private final int mostRecent;
    private final List<LongConsumer> listeners = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final CountDownLatch located = new CountDownLatch(1);
    private final Deque<Cursor> cursors = new ArrayDeque<>();
    private final Thread thread;
    private volatile @Nullable RecentEvents recent;
    private volatile @Nullable UUID log;
    private volatile @Nullable Instant heard;
    private volatile long unread;
    private volatile @Nullable String failure;

    /// A log that is read from its topics alone.
    ///
    /// @param kafka the settings of Kafka's clients: `bootstrap.servers` and what else is needed
    public KafkaLog(Map<String, Object> kafka, Topics topics) {
        this(kafka, topics, null, RECENT);
    }

    /// A log whose history is read elsewhere: in a database, or a replica of it, that has the log.
    ///
    /// The topics need not reach back further than a few minutes then.
    public KafkaLog(Map<String, Object> kafka, Topics topics, EventFeed history) {
        this(kafka, topics, history, RECENT);
    }

    KafkaLog(
            Map<String, Object> kafka, Topics topics, @Nullable EventFeed history, int mostRecent) {
        this.clients = new Clients(kafka);
        this.topics = topics;
        this.history = history;
        this.mostRecent = mostRecent;
        this.thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("twofold-kafka-log-%s-".formatted(topics.base()), 1)
                        .unstarted(this::follow);
        thread.start();
    }

    /// Has the listener told of each new position up to which the log is complete, by the thread
    /// that follows it; so it returns soon.
    public void onGrowth(LongConsumer listener) {
        listeners.add(listener);
    }

    /// Waits until the end of the topics is known, and which log they carry; whether it is.
    ///
    /// @throws InterruptedException if the thread is interrupted; nothing is lost by it
    public boolean awaitEnd(Duration max) throws InterruptedException {
        return located.await(max.toNanos(), TimeUnit.NANOSECONDS);
    }

    /// The epoch of the log that the topics carry; empty until the first watermark is read.
    public Optional<UUID> epoch() {
        return Optional.ofNullable(log);
    }

    public FeedStatus status() {
        RecentEvents known = recent;
        return new FeedStatus(known == null ? 0 : known.complete(), unread, heard, failure);
    }

    /// @throws EventStoreException if the end of the topics has not been found yet
    @Override
    public long head() {
        return recent().complete();
    }

    @Override
    public Page next(Query query, long after, int limit) {
        EventStore.requireInRange(after, limit);
        Optional<Page> page = recent().next(query, after, limit);
        if (page.isPresent()) {
            return page.get();
        }
        if (history != null) {
            return history.next(query, after, limit);
        }
        try {
            return older(query, after, limit);
        } catch (KafkaException e) {
            throw new EventStoreException(
                    "the topics \"%s\" cannot be read after position %d; it can be tried again: %s"
                            .formatted(topics.base(), after, e.getMessage()),
                    e);
        }
    }

    private RecentEvents recent() {
        RecentEvents known = recent;
        if (known == null) {
            String why = failure == null ? "it is still being looked for" : failure;
            throw new EventStoreException(
                    "the end of the topics \"%s\" is not known yet: %s"
                            .formatted(topics.base(), why),
                    new IllegalStateException(why));
        }
        return known;
    }

    private Page older(Query query, long after, int limit) {
        Cursor cursor = cursor(after);
        boolean keep = false;
        try {
            long target = head();
            long start = System.nanoTime();
            List<RecordedEvent> found = new ArrayList<>();
            while (found.size() < limit && cursor.position() < target) {
                RecordedEvent event = cursor.next();
                if (event == null) {
                    long spent = System.nanoTime() - start;
                    if (spent > PAGE_TIME.toNanos() && cursor.position() > after) {
                        break;
                    }
                    if (spent > Clients.PATIENCE.toNanos()) {
                        throw new TimeoutException(
                                "nothing came within %s".formatted(Clients.PATIENCE));
                    }
                    cursor.fill(TURN);
                } else if (query.matches(event.stream(), event.type(), event.tags())) {
                    found.add(event);
                }
            }
            long upTo = Math.max(after, cursor.position());
            keep = upTo < recent().after();
            return new Page(found, upTo, upTo < target);
        } finally {
            if (keep) {
                put(cursor);
            } else {
                cursor.close();
            }
        }
    }

    /// A cursor that stands at a position: one that is there already, or a new one.
    private Cursor cursor(long position) {
        synchronized (cursors) {
            for (Iterator<Cursor> all = cursors.iterator(); all.hasNext(); ) {
                Cursor cursor = all.next();
                if (cursor.position() == position) {
                    all.remove();
                    return cursor;
                }
            }
        }
        return open(position);
    }

    private void put(Cursor cursor) {
        Cursor oldest = null;
        synchronized (cursors) {
            cursors.addLast(cursor);
            if (cursors.size() > MOST_CURSORS || closed.getCount() == 0) {
                oldest = cursors.removeFirst();
            }
        }
        if (oldest != null) {
            oldest.close();
        }
    }

    private Cursor open(long position) {
        LogPartitions partitions = new LogPartitions(topics);
        Map<TopicPartition, Long> offsets;
        try (Consumer<byte[], byte[]> search = clients.reader(1)) {
            partitions.refresh(search);
            offsets =
                    PartitionSearch.find(search, partitions.all(), position, PartitionSearch.NEAR);
        }
        PartitionMerge merge =
                new PartitionMerge(clients.reader(8 << 20), partitions, log, position);
        try {
            Map<TopicPartition, Long> positions = new HashMap<>();
            offsets.keySet().forEach(partition -> positions.put(partition, position));
            merge.add(offsets, positions);
            return new Cursor(merge);
        } catch (RuntimeException e) {
            merge.close();
            throw e;
        }
    }

    private void follow() {
        while (closed.getCount() > 0) {
            try (PartitionMerge merge = locate()) {
                failure = null;
                while (closed.getCount() > 0) {
                    add(merge.poll(TURN), merge);
                }
            } catch (InterruptException e) {
                return;
            } catch (RuntimeException e) {
                failure = String.valueOf(e.getMessage());
                LOG.log(System.Logger.Level.WARNING, thread.getName() + " will try again", e);
                pause();
            }
        }
    }

    private void pause() {
        try {
            var _ = closed.await(RETRY.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void add(List<RecordedEvent> events, PartitionMerge merge) {
        RecentEvents known = recent();
        long before = known.complete();
        if (log == null && merge.log() != null) {
            log = merge.log();
            located.countDown();
        }
        known.add(events, merge.complete());
        unread = merge.unread();
        if (merge.heard() > 0) {
            heard = Instant.ofEpochMilli(merge.heard());
        }
        if (known.complete() > before) {
            listeners.forEach(listener -> listener.accept(known.complete()));
        }
    }

    /// Begins at the end of the topics; or after what is known, if the connection was lost.
    private PartitionMerge locate() {
        LogPartitions partitions = new LogPartitions(topics);
        Consumer<byte[], byte[]> consumer = clients.reader(8 << 20);
        try {
            partitions.refresh(consumer);
            if (partitions.all().isEmpty()) {
                throw new IllegalStateException(
                        "there is no topic \"%s\" yet; a relay makes it".formatted(topics.base()));
            }
            Map<TopicPartition, End> ends = PartitionEnds.find(consumer, partitions.all());
            Map<TopicPartition, Long> offsets = new HashMap<>();
            Map<TopicPartition, Long> positions = new HashMap<>();
            int spread = 0;
            long begin = 0;
            for (End end : ends.values()) {
                Watermark last = end.watermark();
                if (last != null) {
                    log = require(last.log());
                    spread = Math.max(spread, last.partitions());
                    begin = Math.max(begin, last.begin());
                }
            }
            long furthest = begin;
            long nearest = Long.MAX_VALUE;
            for (Map.Entry<TopicPartition, End> one : ends.entrySet()) {
                End end = one.getValue();
                long position = Math.max(begin, end.position());
                offsets.put(one.getKey(), end.next());
                positions.put(one.getKey(), position);
                furthest = Math.max(furthest, position);
                nearest = Math.min(nearest, position);
            }
            RecentEvents fresh = new RecentEvents(furthest, mostRecent, RECENT_LENGTH);
            fresh.add(List.of(), nearest);
            PartitionMerge merge = new PartitionMerge(consumer, partitions, log, nearest);
            merge.add(offsets, positions);
            merge.expect(spread);
            RecentEvents before = recent;
            recent = fresh;
            if (log != null) {
                located.countDown();
            }
            if (before == null || before.complete() < nearest) {
                listeners.forEach(listener -> listener.accept(fresh.complete()));
            }
            return merge;
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    private UUID require(UUID found) {
        UUID before = log;
        if (before != null && !before.equals(found)) {
            throw new IllegalStateException(
                    "the topics \"%s\" carry the log %s, but carried %s before: read them anew, into an empty database"
                            .formatted(topics.base(), found, before));
        }
        return found;
    }

    /// Stops following the topics, and lets go of all connections.
    @Override
    public void close() {
        closed.countDown();
        try {
            if (!thread.join(Clients.PATIENCE)) {
                thread.interrupt();
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (cursors) {
            cursors.forEach(Cursor::close);
            cursors.clear();
        }
    }
}
