package dev.twofold.catalog.events;

import dev.twofold.EventFeed;
import dev.twofold.Query;
import dev.twofold.catalog.Growth;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// The newest changes of the log, read once for any number of followers.
///
/// A follower takes what is new at its own pace. Nothing is kept for any of them: one that has
/// fallen behind what is here reads the log itself. The log is read while there are followers only.
/// Safe for use by many threads.
final class RecentChanges implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(RecentChanges.class);
    private static final int PAGE = 500;
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration RETRY = Duration.ofSeconds(2);

    private final EventFeed log;
    private final Growth growth;
    private final int capacity;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Change> recent = new ArrayDeque<>();
    private int followers;
    private long after;
    private long upTo;
    private boolean reading;
    private boolean stopped;

    /// @param capacity how many changes are kept
    RecentChanges(EventFeed log, Growth growth, int capacity) {
        this.log = log;
        this.growth = growth;
        this.capacity = capacity;
    }

    /// What lies after a position.
    ///
    /// @param missed whether it is not known here, so that the log has to be read
    /// @param upTo the position up to which this is all
    record News(boolean missed, List<Change> changes, long upTo) {
        News {
            changes = List.copyOf(changes);
        }
    }

    /// Has the log read for one more follower, until [#leave].
    ///
    /// @throws dev.twofold.EventStoreException if the log is out of reach
    void join() {
        long head = log.head();
        lock.lock();
        try {
            followers++;
            if (!reading && !stopped) {
                recent.clear();
                after = head;
                upTo = head;
                reading = true;
                Thread.ofVirtual().name("catalog-changes").start(this::read);
            }
        } finally {
            lock.unlock();
        }
    }

    void leave() {
        lock.lock();
        try {
            followers--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Whether this takes no followers any more.
    boolean isStopped() {
        lock.lock();
        try {
            return stopped;
        } finally {
            lock.unlock();
        }
    }

    /// What lies after a position, as soon as there is something, or the time is up.
    News after(long position, Duration max) throws InterruptedException {
        long left = max.toNanos();
        lock.lockInterruptibly();
        try {
            while (position >= after && upTo <= position && left > 0 && !stopped) {
                left = changed.awaitNanos(left);
            }
            if (position < after) {
                return new News(true, List.of(), position);
            }
            List<Change> news = new ArrayList<>();
            for (var latest = recent.descendingIterator(); latest.hasNext(); ) {
                Change change = latest.next();
                if (change.position() <= position) {
                    break;
                }
                news.add(change);
            }
            return new News(false, news.reversed(), Math.max(position, upTo));
        } finally {
            lock.unlock();
        }
    }

    private void read() {
        while (isWanted()) {
            try {
                EventFeed.Page page = log.next(Query.all(), upTo(), PAGE);
                add(page);
                if (!page.more()) {
                    growth.await(page.upTo(), POLL);
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                LOG.warn("followers hear of changes later", e);
                pause();
            }
        }
    }

    /// Whether anyone follows; if not, the log is read no more.
    private boolean isWanted() {
        lock.lock();
        try {
            reading = followers > 0 && !stopped;
            return reading;
        } finally {
            lock.unlock();
        }
    }

    private long upTo() {
        lock.lock();
        try {
            return upTo;
        } finally {
            lock.unlock();
        }
    }

    private void add(EventFeed.Page page) {
        lock.lock();
        try {
            page.events().forEach(event -> Change.of(event).ifPresent(recent::add));
            while (recent.size() > capacity) {
                after = recent.removeFirst().position();
            }
            upTo = page.upTo();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void pause() {
        lock.lock();
        try {
            long left = RETRY.toNanos();
            while (left > 0 && !stopped) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void start() {
        // begins with the first follower
    }

    /// Before the server waits for requests at hand to end: these would not end by themselves.
    @Override
    public void stop() {
        lock.lock();
        try {
            stopped = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isRunning() {
        return !isStopped();
    }
}
