package dev.twofold.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/// A thread that takes the records of a consumer group's share, partition by partition.
///
/// Offsets are committed after the records were taken. When that fails, the partition is read again
/// from the first that was not taken, one record at a time, ever more rarely but at least every
/// five seconds; other partitions go on.
final class GroupLoop implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(GroupLoop.class.getName());
    private static final Duration TURN = Duration.ofMillis(200);
    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final Duration LAST_RETRY = Duration.ofSeconds(5);

    /// Takes records of one partition, all of them or none.
    interface Taker {
        void take(List<ConsumerRecord<byte[], byte[]>> records) throws Exception;
    }

    private final Callable<Consumer<byte[], byte[]>> source;
    private final Taker taker;
    private final Map<TopicPartition, Retry> retries = new HashMap<>();
    private final Thread thread;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable Consumer<byte[], byte[]> open;
    private volatile @Nullable String failure;

    private record Retry(long at, Duration pause) {}

    GroupLoop(String name, Callable<Consumer<byte[], byte[]>> source, Taker taker) {
        this.source = source;
        this.taker = taker;
        this.thread = Thread.ofPlatform().daemon().name(name + "-", 1).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    @Nullable String failure() {
        return failure;
    }

    private void run() {
        Duration pause = FIRST_RETRY;
        while (isOpen()) {
            try (Consumer<byte[], byte[]> consumer = source.call()) {
                open = consumer;
                retries.clear();
                while (isOpen()) {
                    turn(consumer);
                    pause = FIRST_RETRY;
                }
            } catch (WakeupException | InterruptException | InterruptedException e) {
                LOG.log(System.Logger.Level.DEBUG, "{0} is interrupted", thread.getName());
                return;
            } catch (Exception e) {
                failure = String.valueOf(e.getMessage());
                LOG.log(System.Logger.Level.WARNING, thread.getName() + " will try again", e);
                rest(pause);
                pause = longer(pause);
            } finally {
                open = null;
            }
        }
    }

    private void turn(Consumer<byte[], byte[]> consumer) {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(TURN);
        for (TopicPartition partition : records.partitions()) {
            List<ConsumerRecord<byte[], byte[]>> part = records.records(partition);
            take(consumer, partition, retries.containsKey(partition) ? part.subList(0, 1) : part);
        }
        resume(consumer);
        if (retries.isEmpty()) {
            failure = null;
        }
    }

    private void take(
            Consumer<byte[], byte[]> consumer,
            TopicPartition partition,
            List<ConsumerRecord<byte[], byte[]>> records) {
        long first = records.getFirst().offset();
        long next = records.getLast().offset() + 1;
        try {
            taker.take(records);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (Exception e) {
            failed(consumer, partition, first, e);
            return;
        }
        if (retries.remove(partition) != null) {
            consumer.seek(partition, next);
        }
        consumer.commitSync(Map.of(partition, new OffsetAndMetadata(next)));
    }

    private void failed(
            Consumer<byte[], byte[]> consumer, TopicPartition partition, long offset, Exception e) {
        LOG.log(
                System.Logger.Level.WARNING,
                "%s will try %s again from offset %d"
                        .formatted(thread.getName(), partition, offset),
                e);
        failure = "%s at offset %d: %s".formatted(partition, offset, e.getMessage());
        Retry before = retries.get(partition);
        Duration pause = before == null ? FIRST_RETRY : longer(before.pause);
        retries.put(partition, new Retry(System.nanoTime() + pause.toNanos(), pause));
        consumer.seek(partition, offset);
        consumer.pause(List.of(partition));
    }

    private void resume(Consumer<byte[], byte[]> consumer) {
        retries.keySet().retainAll(consumer.assignment());
        retries.forEach(
                (partition, retry) -> {
                    if (System.nanoTime() - retry.at >= 0) {
                        consumer.resume(List.of(partition));
                    }
                });
    }

    private static Duration longer(Duration pause) {
        Duration doubled = pause.multipliedBy(2);
        return doubled.compareTo(LAST_RETRY) < 0 ? doubled : LAST_RETRY;
    }

    private void rest(Duration pause) {
        try {
            var _ = closed.await(pause.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            thread.interrupt();
        }
    }

    private boolean isOpen() {
        return closed.getCount() > 0;
    }

    @Override
    public void close() {
        closed.countDown();
        if (thread.getState() == Thread.State.NEW) {
            return;
        }
        try {
            if (!thread.join(Clients.PATIENCE)) {
                Consumer<byte[], byte[]> consumer = open;
                if (consumer != null) {
                    consumer.wakeup();
                }
                thread.interrupt();
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
