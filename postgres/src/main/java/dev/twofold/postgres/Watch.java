package dev.twofold.postgres;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BinaryOperator;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// A value that many threads wait on to change.
///
/// It is changed by signals of this process. While anybody waits, one thread also asks the source,
/// soon after a change or a new waiter and then ever more rarely: a thousand waiters cost what one
/// does. When the source throws, the value stays. Safe for use by many threads.
final class Watch<T> {
    private static final System.Logger LOG = System.getLogger(Watch.class.getName());
    private static final Duration SHORTEST = Duration.ofMillis(5);
    private static final Duration LONGEST = Duration.ofMillis(250);

    private final String name;
    private final Supplier<T> source;
    private final BinaryOperator<T> newer;
    private final Pause pausing;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Condition arrival = lock.newCondition();
    private T value;
    private int waiting;
    private boolean polling;
    private Duration pause = SHORTEST;

    /// Lets time pass on a condition, as [Condition#awaitNanos] does.
    interface Pause {
        long pass(Condition condition, long nanos) throws InterruptedException;
    }

    /// @param newer makes one value of the present one and a signalled or polled one
    Watch(String name, T initial, Supplier<T> source, BinaryOperator<T> newer) {
        this(name, initial, source, newer, Condition::awaitNanos);
    }

    /// @param pausing between two questions to the source
    Watch(String name, T initial, Supplier<T> source, BinaryOperator<T> newer, Pause pausing) {
        this.name = name;
        this.source = source;
        this.newer = newer;
        this.pausing = pausing;
        this.value = initial;
    }

    /// As far as it is known now.
    T value() {
        lock.lock();
        try {
            return value;
        } finally {
            lock.unlock();
        }
    }

    void signal(T latest) {
        lock.lock();
        try {
            T before = value;
            value = newer.apply(before, latest);
            if (!value.equals(before)) {
                pause = SHORTEST;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /// The value once it is enough, or as it is when the time is over.
    T await(Predicate<T> enough, Duration timeout) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = timeout.toNanos();
            waiting++;
            try {
                if (!enough.test(value)) {
                    attract();
                }
                while (!enough.test(value) && left > 0) {
                    left = changed.awaitNanos(left);
                }
                return value;
            } finally {
                waiting--;
            }
        } finally {
            lock.unlock();
        }
    }

    private void attract() {
        pause = SHORTEST;
        arrival.signal();
        if (!polling) {
            polling = true;
            Thread.ofVirtual().name("twofold-" + name).start(this::poll);
        }
    }

    private void poll() {
        while (needed()) {
            try {
                signal(source.get());
            } catch (RuntimeException | Error e) { // who waits depends on this thread
                LOG.log(System.Logger.Level.DEBUG, "could not ask for " + name, e);
            }
        }
    }

    /// Lets the pause pass, and tells whether anyone is waiting still.
    private boolean needed() {
        lock.lock();
        try {
            long left = pause.toNanos();
            while (left > 0 && waiting > 0) {
                left = pausing.pass(arrival, Math.min(left, pause.toNanos()));
            }
            pause = pause.multipliedBy(2).compareTo(LONGEST) < 0 ? pause.multipliedBy(2) : LONGEST;
            polling = waiting > 0;
            return polling;
        } catch (InterruptedException e) {
            polling = false;
            return false;
        } finally {
            lock.unlock();
        }
    }
}
