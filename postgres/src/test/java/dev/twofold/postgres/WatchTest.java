package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Pauses pass at once, as many as a test wants; the one behind them ends when someone comes.
@Timeout(60)
class WatchTest {
    private static final Duration LONG = Duration.ofDays(1);
    private static final int ALL = Integer.MAX_VALUE;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Set<Thread> askers = ConcurrentHashMap.newKeySet();
    private final AtomicInteger asked = new AtomicInteger();

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
    }

    @Test
    void a_signal_wakes_whoever_waits_though_the_source_never_changes() throws Exception {
        Pausing pausing = new Pausing(1);
        Watch<Integer> watch = watch(_ -> 0, pausing);
        Future<Integer> waiting = waiter(watch, 2);
        pausing.awaitHeld();

        watch.signal(2);

        assertThat(waiting.get()).isEqualTo(2);
        assertThat(watch.value()).isEqualTo(2);
        assertThat(asked).hasValue(1);
    }

    @Test
    void what_the_source_knows_already_is_not_waited_for() throws Exception {
        Pausing pausing = new Pausing(1);

        assertThat(waiter(watch(_ -> 7, pausing), 2).get()).isEqualTo(7);
    }

    @Test
    void the_source_is_asked_ever_more_rarely_while_nothing_changes() throws Exception {
        Pausing pausing = new Pausing(8);
        Future<Integer> _ = waiter(watch(_ -> 0, pausing), 1);
        pausing.awaitHeld();

        assertThat(pausing.millis).containsExactly(5L, 10L, 20L, 40L, 80L, 160L, 250L, 250L, 250L);
        assertThat(asked).hasValue(8);
    }

    @Test
    void it_is_asked_soon_once_another_one_waits() throws Exception {
        Pausing pausing = new Pausing(6);
        Watch<Integer> watch = watch(_ -> 0, pausing);
        Future<Integer> _ = waiter(watch, 1);
        pausing.awaitHeld();
        Future<Integer> _ = waiter(watch, 1);
        pausing.awaitHeld();

        assertThat(pausing.millis).containsExactly(5L, 10L, 20L, 40L, 80L, 160L, 250L, 5L);
    }

    @Test
    void it_is_asked_soon_after_a_change() throws Exception {
        Pausing pausing = new Pausing(5);
        Future<Integer> _ = waiter(watch(ask -> ask < 3 ? 0 : 1, pausing), 2);
        pausing.awaitHeld();

        assertThat(pausing.millis).containsExactly(5L, 10L, 20L, 5L, 10L, 20L);
    }

    @Test
    void a_thousand_who_wait_have_it_asked_by_one_thread_once_at_a_time() throws Exception {
        int waiters = 1_000;
        CountDownLatch waiting = new CountDownLatch(2 * waiters); // each looks before and after
        AtomicInteger asking = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Watch<Integer> watch =
                watch(
                        _ -> {
                            most.accumulateAndGet(asking.incrementAndGet(), Math::max);
                            awaitUninterrupted(waiting);
                            asking.decrementAndGet();
                            return 1;
                        },
                        new Pausing(ALL));
        List<Future<Integer>> all = new ArrayList<>();
        for (int waiter = 0; waiter < waiters; waiter++) {
            all.add(
                    threads.submit(
                            () ->
                                    watch.await(
                                            value -> {
                                                waiting.countDown();
                                                return value >= 1;
                                            },
                                            LONG)));
        }
        for (Future<Integer> each : all) {
            assertThat(each.get()).isEqualTo(1);
        }

        assertThat(askers).hasSize(1);
        assertThat(most).hasValue(1);
    }

    @Test
    void nobody_asks_while_nobody_waits() throws Exception {
        Watch<Integer> watch = watch(ask -> ask, new Pausing(ALL));
        waiter(watch, 1).get();
        for (Thread asker : askers) {
            asker.join();
        }
        int before = asked.get();

        assertThat(watch.value()).isEqualTo(before);
        assertThat(waiter(watch, before + 1).get()).isGreaterThan(before);
        assertThat(askers).hasSize(2);
    }

    @Test
    void the_value_stays_when_the_source_fails_and_it_is_asked_again() throws Exception {
        Watch<Integer> watch =
                watch(
                        ask -> {
                            return switch (ask) {
                                case 1 -> throw new IllegalStateException("out of reach");
                                case 2 -> throw new OutOfMemoryError("for now");
                                default -> ask;
                            };
                        },
                        new Pausing(3));

        assertThat(waiter(watch, 1).get()).isEqualTo(3);
    }

    @Test
    void whoever_cannot_wait_gets_what_is_known() throws Exception {
        Watch<Integer> watch = watch(_ -> 0, new Pausing(0));
        watch.signal(4);

        assertThat(watch.await(value -> value >= 5, Duration.ZERO)).isEqualTo(4);
    }

    private static final class Pausing implements Watch.Pause {
        private final List<Long> millis = new CopyOnWriteArrayList<>();
        private final Semaphore held = new Semaphore(0);
        private final AtomicInteger passing;

        Pausing(int passing) {
            this.passing = new AtomicInteger(passing);
        }

        /// Waits until a pause does not pass.
        void awaitHeld() throws InterruptedException {
            held.acquire();
        }

        @Override
        @SuppressWarnings("WaitNotInLoop") // the watch calls it in one
        public long pass(Condition arrival, long nanos) throws InterruptedException {
            millis.add(Duration.ofNanos(nanos).toMillis());
            if (passing.getAndDecrement() > 0) {
                return 0;
            }
            held.release();
            arrival.await();
            return nanos;
        }
    }

    /// @param source by how often it has been asked, this time included
    private Watch<Integer> watch(IntUnaryOperator source, Pausing pausing) {
        return new Watch<>(
                "test",
                0,
                () -> {
                    askers.add(Thread.currentThread());
                    return source.applyAsInt(asked.incrementAndGet());
                },
                Math::max,
                pausing);
    }

    private Future<Integer> waiter(Watch<Integer> watch, int wanted) {
        return threads.submit(() -> watch.await(value -> value >= wanted, LONG));
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
