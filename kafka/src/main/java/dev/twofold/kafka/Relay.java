package dev.twofold.kafka;

import dev.twofold.EventFeed;
import dev.twofold.EventStoreException;
import dev.twofold.Lease;
import dev.twofold.Leases;
import dev.twofold.RecordedEvent;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/// Publishes a log to Kafka: every event once, in order of position within each partition.
///
/// Any number of processes run one for the same topics: one is active, and the others take over
/// when it ends, or within the length of its lease when it gives no sign of life. The lease keeps
/// two from working at once; that nothing is published twice or out of order does not depend on it
/// but on the brokers, which refuse what an earlier relay sends once a later one has begun. What a
/// relay published is visible to consumers that read committed records, the page as a whole.
///
/// While a broker or the database is out of reach it tries again, ever more rarely but at least
/// every five seconds. Safe for use by many threads.
public final class Relay implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Relay.class.getName());
    private static final int FIRST_PAGE = 100;
    private static final int LARGEST_PAGE = 4_000;
    private static final long LONGEST_PAGE = 4 << 20;
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(2);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(100);
    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final Duration LAST_RETRY = Duration.ofSeconds(5);

    private final EventFeed log;
    private final UUID epoch;
    private final Leases leases;
    private final Clients clients;
    private final RelaySettings settings;
    private final Consumer<RelayStep> passing;
    private final String holder = UUID.randomUUID().toString();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wakened = lock.newCondition();
    private final Thread thread;
    private final AtomicLong published = new AtomicLong();
    private volatile Standing standing = new Standing(false, 0, 0, null, null);
    private long grownTo;
    private boolean closed;

    /// @param log the log, or another feed of it
    /// @param epoch of the log, which tells it from others
    /// @param kafka the settings of Kafka's clients: `bootstrap.servers` and what else is needed
    public Relay(
            EventFeed log,
            UUID epoch,
            Leases leases,
            Map<String, Object> kafka,
            RelaySettings settings) {
        this(log, epoch, leases, kafka, settings, step -> {});
    }

    Relay(
            EventFeed log,
            UUID epoch,
            Leases leases,
            Map<String, Object> kafka,
            RelaySettings settings,
            Consumer<RelayStep> passing) {
        this.log = log;
        this.epoch = epoch;
        this.leases = leases;
        this.clients = new Clients(kafka);
        this.settings = settings;
        this.passing = passing;
        this.thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("twofold-relay-%s-".formatted(settings.topics().base()), 1)
                        .unstarted(this::run);
    }

    /// Publishes a stretch of a log to topics of its own, such as for a consumer that has to begin
    /// anew, and returns the position up to which they have it then.
    ///
    /// Goes on from where it was when it is done again for the same topics. A relay to other topics
    /// can run meanwhile; one may go on with these afterwards.
    ///
    /// @param settings say after which position, and to which topics
    /// @param upTo the last position
    /// @param progress is told each position up to which the topics have the log
    /// @throws IllegalArgumentException if a relay publishes to these topics, or has done so
    /// @throws org.apache.kafka.common.KafkaException if a broker is out of reach
    public static long replay(
            EventFeed log,
            UUID epoch,
            Leases leases,
            Map<String, Object> kafka,
            RelaySettings settings,
            long upTo,
            LongConsumer progress) {
        if (leases.find(settings.transactionalId()).isPresent()) {
            throw new IllegalArgumentException(
                    "a relay publishes to \"%s\", or has done so; replay to topics of their own"
                            .formatted(settings.topics().base()));
        }
        long head = Math.min(upTo, log.head());
        try (Publisher publisher =
                Publisher.open(new Clients(kafka), settings, epoch, step -> {})) {
            long position = publisher.locate(settings.from(), Long.MAX_VALUE);
            while (position < head) {
                EventFeed.Page page = upTo(head, log.next(settings.events(), position, 1_000));
                publisher.publish(page);
                position = page.upTo();
                progress.accept(position);
            }
            return position;
        }
    }

    private static EventFeed.Page upTo(long last, EventFeed.Page page) {
        if (page.upTo() <= last) {
            return page;
        }
        List<RecordedEvent> events =
                page.events().stream().filter(event -> event.position() <= last).toList();
        return new EventFeed.Page(events, last, false);
    }

    /// Relays from now on, in a thread of its own, whenever no other process does.
    public void start() {
        thread.start();
    }

    /// Says that the log has grown, so that it need not be found out by polling.
    public void appended(long position) {
        lock.lock();
        try {
            grownTo = Math.max(grownTo, position);
            wakened.signalAll();
        } finally {
            lock.unlock();
        }
    }

    public RelayStatus status() {
        Standing now = standing;
        long head;
        lock.lock();
        try {
            head = Math.max(now.position, grownTo);
        } finally {
            lock.unlock();
        }
        Instant oldest = head > now.position ? now.oldest : null;
        return new RelayStatus(
                now.active,
                now.term,
                now.position,
                head,
                oldest == null ? Duration.ZERO : since(oldest),
                published.get(),
                now.failure);
    }

    /// How a relay is doing, as its thread has it.
    ///
    /// @param oldest when the first event after the position was recorded; null if it is not known
    private record Standing(
            boolean active,
            long term,
            long position,
            @Nullable Instant oldest,
            @Nullable String failure) {}

    /// Lets the page at hand end, and another process take over.
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            wakened.signalAll();
        } finally {
            lock.unlock();
        }
        if (thread.getState() == Thread.State.NEW) {
            return;
        }
        try {
            if (!thread.join(Clients.PATIENCE)) {
                thread.interrupt();
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        Duration retry = FIRST_RETRY;
        while (isOpen()) {
            try {
                if (lead()) {
                    retry = FIRST_RETRY;
                } else {
                    pause(settings.lease().dividedBy(4));
                }
            } catch (InterruptedException | InterruptException e) {
                LOG.log(System.Logger.Level.DEBUG, "{0} is interrupted", thread.getName());
                return;
            } catch (RuntimeException e) {
                retry = failed(e, retry);
            }
        }
    }

    private Duration failed(RuntimeException e, Duration retry) {
        LOG.log(System.Logger.Level.WARNING, thread.getName() + " will try again", e);
        standing = behind(String.valueOf(e));
        try {
            pause(retry);
        } catch (InterruptedException _) {
            thread.interrupt();
        }
        Duration doubled = retry.multipliedBy(2);
        return doubled.compareTo(LAST_RETRY) < 0 ? doubled : LAST_RETRY;
    }

    /// Relays for as long as it may; false if another process does.
    private boolean lead() throws InterruptedException {
        Optional<Lease> taken = leases.take(settings.transactionalId(), holder, settings.lease());
        if (taken.isEmpty()) {
            standing = behind(null);
            return false;
        }
        Lease lease = taken.get();
        passing.accept(RelayStep.LEASED);
        try (Publisher publisher = Publisher.open(clients, settings, epoch, passing)) {
            lead(lease, publisher);
        } finally {
            leases.release(lease);
        }
        return true;
    }

    private void lead(Lease lease, Publisher publisher) throws InterruptedException {
        LeaseNote note = new LeaseNote(leases, lease, settings.lease());
        try {
            lead(lease.term(), publisher.locate(lease.position(), log.head()), publisher, note);
        } finally {
            note.await();
        }
    }

    private void lead(long term, long start, Publisher publisher, LeaseNote note)
            throws InterruptedException {
        long position = start;
        standing = new Standing(true, term, position, null, null);
        Duration pause = SHORTEST_PAUSE;
        // whoever takes over says at once how far the topics are complete
        long written = System.nanoTime() - settings.heartbeat().toNanos();
        int limit = FIRST_PAGE;
        @Nullable Future<EventFeed.Page> ahead = null;
        while (isOpen()) {
            EventFeed.Page page = ahead == null ? next(position, limit) : get(ahead);
            ahead = null;
            passing.accept(RelayStep.READ);
            boolean quiet = page.upTo() == position;
            if (quiet && System.nanoTime() - written < settings.heartbeat().toNanos()) {
                if (!note.keepInTime(position)) {
                    return;
                }
                awaitGrowth(position, pause);
                pause = doubled(pause);
                continue;
            }
            if (page.more()) {
                limit = limitAfter(page, limit);
                ahead = readAhead(page.upTo(), limit);
            }
            if (!page.events().isEmpty()) {
                Instant first = page.events().getFirst().recordedAt();
                standing = new Standing(true, term, position, first, null);
            }
            publisher.publish(page);
            published.addAndGet(page.events().size());
            written = System.nanoTime();
            position = page.upTo();
            appended(position);
            standing = new Standing(true, term, position, last(page), null);
            if (!note.keep(position)) {
                return;
            }
            passing.accept(RelayStep.KEPT);
            pause = quiet ? LONGEST_PAUSE : SHORTEST_PAUSE;
        }
    }

    private EventFeed.Page next(long position, int limit) {
        return log.next(settings.events(), position, limit);
    }

    private Future<EventFeed.Page> readAhead(long position, int limit) {
        FutureTask<EventFeed.Page> task = new FutureTask<>(() -> next(position, limit));
        Thread.ofVirtual().name("twofold-relay-read-ahead").start(task);
        return task;
    }

    private static EventFeed.Page get(Future<EventFeed.Page> ahead) throws InterruptedException {
        try {
            return ahead.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException("the log could not be read", e.getCause());
        }
    }

    /// Larger pages while there is much to do, but not of large events.
    private static int limitAfter(EventFeed.Page page, int limit) {
        long length = page.events().stream().mapToLong(event -> event.data().length()).sum();
        if (length > LONGEST_PAGE) {
            return Math.max(1, limit / 2);
        }
        return length < LONGEST_PAGE / 2 ? Math.min(2 * limit, LARGEST_PAGE) : limit;
    }

    private static Duration doubled(Duration pause) {
        Duration doubled = pause.multipliedBy(2);
        return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }

    /// About when the first event after a page was recorded; null if there is none.
    private static @Nullable Instant last(EventFeed.Page page) {
        return page.more() && !page.events().isEmpty()
                ? page.events().getLast().recordedAt()
                : null;
    }

    private static Duration since(Instant time) {
        Duration age = Duration.between(time, Clock.systemUTC().instant());
        return age.isNegative() ? Duration.ZERO : age;
    }

    /// Where a relay stands that is not at work, as far as it can be found out.
    private Standing behind(@Nullable String failure) {
        Standing before = standing;
        try {
            Optional<Lease> lease = leases.find(settings.transactionalId());
            long position = Math.max(before.position, lease.map(Lease::position).orElse(0L));
            appended(log.head());
            List<RecordedEvent> next = log.next(settings.events(), position, 1).events();
            Instant oldest = next.isEmpty() ? null : next.getFirst().recordedAt();
            return new Standing(false, before.term, position, oldest, failure);
        } catch (EventStoreException e) {
            if (failure == null) {
                throw e;
            }
            LOG.log(System.Logger.Level.DEBUG, "how far the log is is not known either", e);
            return new Standing(false, before.term, before.position, before.oldest, failure);
        }
    }

    private boolean isOpen() {
        lock.lock();
        try {
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    private void awaitGrowth(long position, Duration max) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = max.toNanos();
            while (!closed && grownTo <= position && left > 0) {
                left = wakened.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private void pause(Duration length) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = length.toNanos();
            while (!closed && left > 0) {
                left = wakened.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}
