package dev.twofold.kafka;

import static dev.twofold.kafka.RelayTest.assertInOrderAndOnce;
import static dev.twofold.kafka.RelayTest.range;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Relays that are suspended or lost at any point, and the others that take over.
@Timeout(120)
class RelayTakeoverTest {
    /// Many times what it takes: seconds, and neither a minute nor the rest of a lease.
    private static final Duration TAKE_OVER = Duration.ofSeconds(20);

    private final ShopLog shop = new ShopLog();

    @AfterEach
    void close() {
        shop.close();
    }

    /// Suspends the thread that passes a step for the nth time, until it is released.
    private static final class Suspension implements Consumer<RelayStep> {
        private final RelayStep at;
        private final AtomicInteger left;
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);

        Suspension(RelayStep at, int time) {
            this.at = at;
            this.left = new AtomicInteger(time);
        }

        @Override
        public void accept(RelayStep step) {
            if (step == at && left.decrementAndGet() == 0) {
                reached.countDown();
                try {
                    released.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /// Suspended for the whole time that another needs to take over and to do all there is, a relay
    /// comes back in the middle of what it was doing. What is left suspended has been killed.
    @ParameterizedTest
    @EnumSource(RelayStep.class)
    void one_that_was_suspended_adds_nothing_when_it_comes_back(RelayStep step) throws Exception {
        shop.recordHistory(150);
        boolean first = step.compareTo(RelayStep.READ) < 0;
        Suspension suspension = new Suspension(step, first ? 1 : 2);
        RelaySettings brief = brief();
        try (Relay suspended = shop.relay(brief, suspension);
                Relay other = shop.relay(brief, _ -> {})) {
            suspended.start();
            suspension.reached.await();
            other.start();
            Broker.await(TAKE_OVER, () -> other.status().position() == shop.store.head());
            long taken = shop.recordHistory(60);
            Broker.await(() -> other.status().position() == taken);
            assertInOrderAndOnce(shop.topics, range(1, taken));

            suspension.released.countDown();
            long last = shop.recordHistory(200);
            Broker.await(
                    () ->
                            suspended.status().position() >= last
                                    || other.status().position() >= last);
        } // closing lets the suspended one end what it was doing
        try (Relay next = shop.relay()) {
            next.start();
            Broker.await(() -> next.status().position() == shop.store.head());
        }
        assertInOrderAndOnce(shop.topics, range(1, shop.store.head()));
    }

    /// Others take over within a second.
    private RelaySettings brief() {
        return shop.settings().withTimes(Duration.ofMillis(700), Duration.ofSeconds(30));
    }

    @Test
    void a_standby_takes_over_at_once_when_the_active_one_ends() {
        shop.recordHistory(10);
        Duration never = Duration.ofMinutes(10);
        RelaySettings settings = shop.settings().withTimes(never, never);
        try (Relay standby =
                shop.relay(settings.withTimes(Duration.ofSeconds(1), never), step -> {})) {
            try (Relay active = shop.relay(settings, step -> {})) {
                active.start();
                Broker.await(() -> active.status().active());
                standby.start();
            }
            long head = shop.recordHistory(10);
            Broker.await(TAKE_OVER, () -> standby.status().position() == head);
            assertThat(standby.status().active()).isTrue();
            assertThat(standby.status().term()).isGreaterThan(1);
        }
        assertInOrderAndOnce(shop.topics, range(1, shop.store.head()));
    }
}
