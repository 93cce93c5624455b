package dev.twofold.testkit;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.AppendOutcome.Conflict;
import dev.twofold.Condition;
import dev.twofold.Condition.NoneMatching;
import dev.twofold.EventStore;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.Tag;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/// A store with one of the bugs that were found in event stores, and with places at which a test
/// lets another client in.
///
/// It works as a database does: an append gets its positions first, and its events become visible
/// when it commits. It knows no streams, and of conditions only `NoneMatching`.
final class BrokenEventStore implements EventStore {

    enum Bug {
        /// Conditions are checked before the lock is taken.
        CHECK_WITHOUT_LOCK,
        /// Only appends that name the same tags in their conditions exclude each other.
        LOCK_OF_THE_CONDITIONS_KEYS,
        /// The lock is released before the commit, so that a check does not see what is in flight.
        CHECK_PAST_IN_FLIGHT,
        /// Appends without a condition do not take the lock.
        UNCONDITIONAL_PAST_THE_LOCK,
        /// As before, and readers do not wait for what is in flight either.
        READER_PASSES_IN_FLIGHT
    }

    private final Bug bug;
    private final Lock lock = new ReentrantLock();
    private final Map<Tag, Lock> locks = new HashMap<>();
    private final List<RecordedEvent> log = new ArrayList<>();
    private final SortedSet<Long> inFlight = new TreeSet<>();
    private Runnable afterCheck = () -> {};
    private Runnable beforeCommit = () -> {};

    BrokenEventStore(Bug bug) {
        this.bug = bug;
    }

    /// Lets somebody else in, once, when an append has checked its conditions.
    void afterNextCheck(Runnable intruder) {
        afterCheck = intruder;
    }

    /// Lets somebody else in, once, when an append has its positions and is about to commit.
    void beforeNextCommit(Runnable intruder) {
        beforeCommit = intruder;
    }

    @Override
    public AppendOutcome append(Append append) {
        List<Lock> held = new ArrayList<>();
        try {
            if (bug != Bug.CHECK_WITHOUT_LOCK) {
                held.addAll(lock(append));
            }
            for (Condition condition : append.conditions()) {
                Optional<Conflict> conflict = check((NoneMatching) condition);
                if (conflict.isPresent()) {
                    return conflict.get();
                }
            }
            letInAfterCheck();
            if (bug == Bug.CHECK_WITHOUT_LOCK) {
                held.addAll(lock(append));
            }
            Appended appended = insert(append);
            if (bug == Bug.CHECK_PAST_IN_FLIGHT || bug == Bug.READER_PASSES_IN_FLIGHT) {
                held.forEach(Lock::unlock);
                held.clear();
            }
            letInBeforeCommit();
            commit(appended);
            return appended;
        } finally {
            held.forEach(Lock::unlock);
        }
    }

    private List<Lock> lock(Append append) {
        List<Lock> needed =
                switch (bug) {
                    case LOCK_OF_THE_CONDITIONS_KEYS -> locksOfTags(append);
                    case UNCONDITIONAL_PAST_THE_LOCK ->
                            append.conditions().isEmpty() ? List.of() : List.of(lock);
                    case CHECK_WITHOUT_LOCK, CHECK_PAST_IN_FLIGHT, READER_PASSES_IN_FLIGHT ->
                            List.of(lock);
                };
        needed.forEach(Lock::lock);
        return needed;
    }

    private synchronized List<Lock> locksOfTags(Append append) {
        return append.conditions().stream()
                .flatMap(condition -> ((NoneMatching) condition).query().items().stream())
                .flatMap(item -> item.tags().stream())
                .map(tag -> locks.computeIfAbsent(tag, _ -> new ReentrantLock()))
                .toList();
    }

    private synchronized Optional<Conflict> check(NoneMatching condition) {
        return visible()
                .filter(event -> event.position() > condition.after())
                .filter(event -> matches(condition.query(), event))
                .findFirst()
                .map(event -> new Conflict(condition, event.position()));
    }

    private synchronized Appended insert(Append append) {
        long first = log.size() + 1L;
        for (NewEvent event : append.events()) {
            long position = log.size() + 1L;
            inFlight.add(position);
            log.add(
                    new RecordedEvent(
                            position,
                            event.id(),
                            null,
                            0,
                            event.type(),
                            event.revision(),
                            event.data(),
                            event.tags(),
                            event.metadata(),
                            Instant.EPOCH));
        }
        return new Appended(first, log.size());
    }

    private synchronized void commit(Appended appended) {
        inFlight.subSet(appended.firstPosition(), appended.lastPosition() + 1).clear();
    }

    @Override
    public synchronized List<RecordedEvent> read(Query query, long after, int limit) {
        long horizon =
                inFlight.isEmpty() || bug == Bug.READER_PASSES_IN_FLIGHT
                        ? Long.MAX_VALUE
                        : inFlight.first();
        return visible()
                .filter(event -> event.position() > after && event.position() < horizon)
                .filter(event -> matches(query, event))
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized long head() {
        return inFlight.isEmpty() ? log.size() : inFlight.first() - 1;
    }

    private Stream<RecordedEvent> visible() {
        return log.stream().filter(event -> !inFlight.contains(event.position()));
    }

    private static boolean matches(Query query, RecordedEvent event) {
        return query.matches(event.stream(), event.type(), event.tags());
    }

    private void letInAfterCheck() {
        Runnable intruder = afterCheck;
        afterCheck = () -> {};
        CompletableFuture.runAsync(intruder).join();
    }

    private void letInBeforeCommit() {
        Runnable intruder = beforeCommit;
        beforeCommit = () -> {};
        CompletableFuture.runAsync(intruder).join();
    }
}
