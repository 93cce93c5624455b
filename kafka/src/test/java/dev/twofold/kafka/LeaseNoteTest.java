package dev.twofold.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.EventStoreException;
import dev.twofold.Lease;
import dev.twofold.Leases;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LeaseNoteTest {
    private static final Lease LEASE = new Lease("relay", "one", 1, 0, Instant.EPOCH);

    /// Notes that arrive when they are let, and say whether the lease was still held.
    private static final class SlowLeases implements Leases {
        private final List<Long> arrived = new CopyOnWriteArrayList<>();
        private final CountDownLatch let = new CountDownLatch(1);
        private final AtomicInteger underWay = new AtomicInteger();
        private final AtomicInteger mostAtOnce = new AtomicInteger();
        private volatile boolean held = true;
        private volatile boolean broken;

        @Override
        public boolean keep(Lease lease, long position, Duration length) {
            mostAtOnce.accumulateAndGet(underWay.incrementAndGet(), Math::max);
            try {
                let.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            } finally {
                underWay.decrementAndGet();
            }
            if (broken) {
                throw new EventStoreException("out of reach", new IllegalStateException());
            }
            if (held) {
                arrived.add(position);
            }
            return held;
        }

        @Override
        public Optional<Lease> take(String name, String holder, Duration length) {
            throw new AssertionError("a note takes no lease");
        }

        @Override
        public void release(Lease lease) {
            throw new AssertionError("a note releases no lease");
        }

        @Override
        public Optional<Lease> find(String name) {
            throw new AssertionError("a note looks for no lease");
        }
    }

    private final SlowLeases leases = new SlowLeases();
    private final LeaseNote note = new LeaseNote(leases, LEASE, Duration.ofHours(1));

    @Test
    void holds_nobody_up_while_it_is_on_its_way() throws Exception {
        assertThat(note.keep(10)).isTrue();
        assertThat(leases.arrived).isEmpty();
    }

    @Test
    void arrives_before_the_next_one_sets_out() throws Exception {
        note.keep(10);
        FutureTask<Void> second =
                new FutureTask<>(
                        () -> {
                            note.keep(20);
                            note.await();
                            return null;
                        });
        Thread caller = Thread.ofPlatform().start(second);
        Broker.await(() -> caller.getState() == Thread.State.WAITING);
        leases.let.countDown();
        second.get();
        assertThat(leases.arrived).containsExactly(10L, 20L);
        assertThat(leases.mostAtOnce).hasValue(1);
    }

    @Test
    void is_waited_for_at_the_end() throws Exception {
        note.keep(10);
        leases.let.countDown();
        note.await();
        assertThat(leases.arrived).containsExactly(10L);
    }

    @Test
    void says_with_the_next_that_the_lease_is_lost() throws Exception {
        leases.held = false;
        leases.let.countDown();
        assertThat(note.keep(10)).isTrue();
        assertThat(note.keep(20)).isFalse();
    }

    @Test
    void fails_with_the_next_if_it_failed_itself() throws Exception {
        leases.broken = true;
        leases.let.countDown();
        note.keep(10);
        assertThatThrownBy(() -> note.keep(20)).isInstanceOf(EventStoreException.class);
    }

    @Test
    void keeps_a_lease_only_when_its_time_is_near() throws Exception {
        leases.let.countDown();
        assertThat(note.keepInTime(10)).isTrue();
        assertThat(leases.arrived).isEmpty();
        LeaseNote due = new LeaseNote(leases, LEASE, Duration.ofNanos(1));
        assertThat(due.keepInTime(10)).isTrue();
        assertThat(leases.arrived).containsExactly(10L);
    }
}
