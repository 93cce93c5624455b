package dev.twofold.testkit;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.AppendOutcome.Conflict;
import dev.twofold.AppendOutcome.Overloaded;
import dev.twofold.AppendOutcome.Repeated;
import dev.twofold.Condition;
import dev.twofold.Condition.ExpectedVersion;
import dev.twofold.Condition.NoneMatching;
import dev.twofold.EventStore;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.Receipt;
import dev.twofold.RecordedEvent;
import dev.twofold.StreamId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.SortedSet;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Watches the clients of one log at work, and finds out from the log what went wrong.
///
/// The log is in one total order, so no search through possible orders is needed: each append has a
/// place, and what its conditions say can be looked up there. The checker holds the log and each
/// answer that a client got against these rules:
///
/// - Positions are 1 to n, versions of a stream 1 to k in the same order, ids are unique, and every
///   event was appended by a client that was watched.
/// - An append that was acknowledged is in the log, whole, where the answer said; one that ended in
///   an exception is there whole or not at all; any other is not.
/// - No event that matches an append's condition lies between the condition's `after` and the
///   append's own position, and its streams had the versions it expected.
/// - A conflict names a condition of its append and an event that is in its way.
/// - A read has every event up to the last it returned; if it returned fewer than its limit, also
///   every event that anybody had seen before it began.
/// - An append that begins after a position was seen gets a higher one.
/// - A client that reads a query and then makes it a condition leaves no event between what it read
///   and the condition's `after`.
/// - One key of a receipt has one effect.
///
/// Clients in another process have a checker of their own there, which leaves their history in a
/// file for this one to add. Safe for use by many threads; checks run when all clients are done,
/// and take time in proportion to the number of events.
public final class HistoryChecker {
    private static final int SHOWN = 20;

    private final Queue<Attempt> attempts = new ConcurrentLinkedQueue<>();
    private final Queue<Read> reads = new ConcurrentLinkedQueue<>();
    private final AtomicLong seen = new AtomicLong();

    public HistoryChecker() {}

    /// The same store, as seen by one more client, whose doings are recorded.
    public EventStore watch(EventStore store) {
        return new Client(store);
    }

    /// Leaves in a file what was recorded, for a checker of another process to add.
    public void write(Path file) throws IOException {
        try (HistoryWriter out = new HistoryWriter(file)) {
            out.attempts(attempts);
            out.reads(reads);
        }
    }

    /// Adds what another checker left in a file.
    public void add(Path file) throws IOException {
        try (HistoryReader in = new HistoryReader(file)) {
            attempts.addAll(in.attempts());
            reads.addAll(in.reads());
        }
    }

    /// Reads the whole log, and checks it.
    ///
    /// @throws AssertionError if a rule is broken; the message lists the first 20 violations
    public void check(EventStore store) {
        List<RecordedEvent> log = new ArrayList<>();
        List<RecordedEvent> page;
        do {
            long after = log.isEmpty() ? 0 : log.getLast().position();
            page = store.read(Query.all(), after, 10_000);
            log.addAll(page);
        } while (!page.isEmpty());
        List<String> violations = violations(log);
        if (!violations.isEmpty()) {
            throw new AssertionError(
                    "the history has %,d violations:\n- %s"
                            .formatted(
                                    violations.size(),
                                    String.join(
                                            "\n- ",
                                            violations.subList(
                                                    0, Math.min(SHOWN, violations.size())))));
        }
    }

    /// What is wrong with the history, given the whole log in the order in which it was read; only
    /// what is wrong with the log itself, if there is anything.
    public List<String> violations(List<RecordedEvent> log) {
        List<String> ofLog = violationsOf(log);
        return ofLog.isEmpty() ? new Check(new LogIndex(log)).run() : ofLog;
    }

    private static List<String> violationsOf(List<RecordedEvent> log) {
        List<String> found = new ArrayList<>();
        Map<StreamId, Long> versions = new HashMap<>();
        Map<UUID, Long> ids = new HashMap<>();
        long expected = 1;
        for (RecordedEvent event : log) {
            if (event.position() != expected) {
                found.add(
                        "the log has position %d where %d should be"
                                .formatted(event.position(), expected));
            }
            expected = event.position() + 1;
            StreamId stream = event.stream();
            long version = stream == null ? 0 : versions.merge(stream, 1L, Long::sum);
            if (event.version() != version) {
                found.add(
                        "%s has version %d, but should have %d"
                                .formatted(text(event), event.version(), version));
            }
            Long twin = ids.putIfAbsent(event.id(), event.position());
            if (twin != null) {
                found.add("%s has the id of the event at position %d".formatted(text(event), twin));
            }
        }
        return found;
    }

    private static String text(RecordedEvent event) {
        return "the event \"%s\" at position %d".formatted(event.type(), event.position());
    }

    private static String text(Append append) {
        return append.events().isEmpty()
                ? "an append without events"
                : "the append of \"%s\" (%s)"
                        .formatted(
                                append.events().getFirst().type(), append.events().getFirst().id());
    }

    /// An append, and what came of it.
    ///
    /// @param seen the last position that anybody had seen when it began
    /// @param outcome null if it ended in an exception
    /// @param written whether it may have been written in spite of that
    /// @param readUpTo for queries among its conditions, up to where the client had read them
    record Attempt(
            Append append,
            long seen,
            @Nullable AppendOutcome outcome,
            boolean written,
            Map<Query, Long> readUpTo) {}

    record Read(Query query, long after, int limit, long seen, List<RecordedEvent> events) {}

    private final class Client implements EventStore {
        private final EventStore store;
        private final Map<Query, Long> readUpTo = new ConcurrentHashMap<>();

        Client(EventStore store) {
            this.store = store;
        }

        @Override
        public AppendOutcome append(Append append) {
            long before = seen.get();
            Map<Query, Long> basis = new HashMap<>();
            for (Condition condition : append.conditions()) {
                if (condition instanceof NoneMatching(var query, _)) {
                    Long upTo = readUpTo.get(query);
                    if (upTo != null) {
                        basis.put(query, upTo);
                    }
                }
            }
            AppendOutcome outcome;
            try {
                outcome = store.append(append);
            } catch (IllegalArgumentException | CancellationException e) {
                attempts.add(new Attempt(append, before, null, false, basis));
                throw e;
            } catch (RuntimeException e) {
                attempts.add(new Attempt(append, before, null, true, basis));
                throw e;
            }
            attempts.add(new Attempt(append, before, outcome, true, basis));
            switch (outcome) {
                case Appended(_, long last) -> {
                    saw(last);
                    basis.keySet().forEach(query -> readUpTo.merge(query, last, Math::max));
                }
                case Repeated(_, long position) -> saw(position);
                case Conflict(_, long position) -> saw(position);
                case Overloaded _ -> {
                    // nothing seen
                }
            }
            return outcome;
        }

        @Override
        public List<RecordedEvent> read(Query query, long after, int limit) {
            long before = seen.get();
            List<RecordedEvent> events = store.read(query, after, limit);
            reads.add(new Read(query, after, limit, before, events));
            long last = events.isEmpty() ? after : events.getLast().position();
            readUpTo.merge(query, last, Math::max);
            if (!events.isEmpty()) {
                saw(last);
            }
            return events;
        }

        @Override
        public long head() {
            long head = store.head();
            saw(head);
            return head;
        }

        private void saw(long position) {
            seen.accumulateAndGet(position, Math::max);
        }
    }

    /// One run of the rules over the attempts and reads.
    private final class Check {
        private final LogIndex log;
        private final Map<UUID, Long> positions = new HashMap<>();
        private final Map<UUID, Integer> writers = new HashMap<>();
        private final List<String> found = new ArrayList<>();

        Check(LogIndex log) {
            this.log = log;
            for (long position = 1; position <= log.size(); position++) {
                positions.put(log.at(position).id(), position);
            }
            for (Attempt attempt : attempts) {
                if (attempt.outcome instanceof Appended
                        || (attempt.outcome == null && attempt.written)) {
                    attempt.append
                            .events()
                            .forEach(event -> writers.merge(event.id(), 1, Integer::sum));
                }
            }
        }

        List<String> run() {
            attempts.forEach(this::check);
            reads.forEach(this::check);
            checkReceipts();
            for (long position = 1; position <= log.size(); position++) {
                if (!writers.containsKey(log.at(position).id())) {
                    found.add(
                            "%s was appended by nobody who was watched"
                                    .formatted(text(log.at(position))));
                }
            }
            return found;
        }

        private void check(Attempt attempt) {
            Append append = attempt.append;
            AppendOutcome outcome = attempt.outcome;
            switch (outcome) {
                case null -> checkUnknown(attempt);
                case Appended(long first, long last) -> {
                    if (isWhole(append, first, last)) {
                        checkAppended(attempt, first);
                    } else {
                        found.add(
                                "%s was acknowledged at positions %d to %d, but is not there"
                                        .formatted(text(append), first, last));
                    }
                }
                case Conflict(var condition, long position) -> {
                    checkAbsent(append, "refused");
                    checkConflict(attempt, condition, position);
                }
                case Repeated _ -> checkAbsent(append, "answered with an earlier receipt");
                case Overloaded _ -> checkAbsent(append, "turned away");
            }
        }

        private void checkUnknown(Attempt attempt) {
            Append append = attempt.append;
            List<Long> present =
                    append.events().stream()
                            .map(event -> positions.get(event.id()))
                            .filter(position -> position != null)
                            .toList();
            if (present.isEmpty()) {
                return;
            }
            if (!attempt.written) {
                checkAbsent(append, "called off");
            } else if (isWhole(append, present.getFirst(), present.getLast())) {
                checkAppended(attempt, present.getFirst());
            } else {
                found.add(
                        "%s ended in an exception, and is in the log in part, at positions %s"
                                .formatted(text(append), present));
            }
        }

        /// Whether the events of an append are in the log as they were given, and next to each
        /// other.
        private boolean isWhole(Append append, long first, long last) {
            if (last - first + 1 != append.events().size() || first < 1 || last > log.size()) {
                return false;
            }
            long position = first;
            for (NewEvent event : append.events()) {
                if (!isSame(log.at(position++), event)) {
                    return false;
                }
            }
            return true;
        }

        private static boolean isSame(RecordedEvent recorded, NewEvent event) {
            return recorded.id().equals(event.id())
                    && Objects.equals(recorded.stream(), event.stream())
                    && recorded.type().equals(event.type())
                    && recorded.revision() == event.revision()
                    && recorded.data().equals(event.data())
                    && recorded.tags().equals(event.tags())
                    && recorded.metadata().equals(event.metadata());
        }

        private void checkAppended(Attempt attempt, long first) {
            Append append = attempt.append;
            boolean repeat =
                    append.events().isEmpty()
                            || writers.getOrDefault(append.events().getFirst().id(), 0) > 1;
            if (first <= attempt.seen && !repeat) {
                found.add(
                        "%s got position %d, but began after position %d had been seen"
                                .formatted(text(append), first, attempt.seen));
            }
            for (Condition condition : append.conditions()) {
                switch (condition) {
                    case NoneMatching(var query, long after) -> {
                        OptionalLong match = log.first(query, after, first - 1);
                        if (match.isPresent()) {
                            found.add(
                                    "%s got position %d on the condition %s, but %s matches"
                                            .formatted(
                                                    text(append),
                                                    first,
                                                    condition,
                                                    text(log.at(match.getAsLong()))));
                        }
                        checkBasis(attempt, query, after, first);
                    }
                    case ExpectedVersion(var stream, long version) -> {
                        long actual = log.versionBefore(stream, first);
                        if (actual != version) {
                            found.add(
                                    "%s got position %d on the condition %s, but the version was %d"
                                            .formatted(text(append), first, condition, actual));
                        }
                    }
                }
            }
        }

        private void checkBasis(Attempt attempt, Query query, long after, long first) {
            Long lastRead = attempt.readUpTo.get(query);
            if (lastRead != null) {
                OptionalLong unread = log.first(query, lastRead, after);
                if (unread.isPresent()) {
                    found.add(
                            ("%s got position %d on a condition after %d, but its client had read"
                                            + " the query only up to %d, and %s matches")
                                    .formatted(
                                            text(attempt.append),
                                            first,
                                            after,
                                            lastRead,
                                            text(log.at(unread.getAsLong()))));
                }
            }
        }

        private void checkConflict(Attempt attempt, Condition condition, long position) {
            String problem = null;
            if (!attempt.append.conditions().contains(condition)) {
                problem = "which is none of its conditions";
            } else if (position > log.size()) {
                problem = "but the log ends at position %d".formatted(log.size());
            } else {
                problem =
                        switch (condition) {
                            case NoneMatching(var query, long after) ->
                                    position > after && matches(query, position)
                                            ? null
                                            : "but that does not break it";
                            case ExpectedVersion(var stream, long version) ->
                                    problem(stream, version, position, attempt.seen);
                        };
            }
            if (problem != null) {
                found.add(
                        "%s was refused on the condition %s for position %d, %s"
                                .formatted(text(attempt.append), condition, position, problem));
            }
        }

        private @Nullable String problem(
                StreamId stream, long version, long position, long alreadySeen) {
            if (position > 0 && !stream.equals(log.at(position).stream())) {
                return "but that is no event of the stream";
            }
            if ((position == 0 ? 0 : log.at(position).version()) == version) {
                return "but the version was the expected one";
            }
            OptionalLong later = log.first(Query.stream(stream), position, alreadySeen);
            return later.isEmpty()
                    ? null
                    : "but position %d of the stream had been seen before"
                            .formatted(later.getAsLong());
        }

        private boolean matches(Query query, long position) {
            RecordedEvent event = log.at(position);
            return query.matches(event.stream(), event.type(), event.tags());
        }

        private void checkAbsent(Append append, String what) {
            for (NewEvent event : append.events()) {
                Long position = positions.get(event.id());
                if (position != null && !writers.containsKey(event.id())) {
                    found.add(
                            "%s was %s, but is in the log at position %d"
                                    .formatted(text(append), what, position));
                }
            }
        }

        private void check(Read read) {
            String what =
                    "a read of %s after %d, at most %d,"
                            .formatted(read.query, read.after, read.limit);
            long last = read.after;
            for (RecordedEvent event : read.events) {
                if (event.position() <= last) {
                    found.add("%s returned %s out of order".formatted(what, text(event)));
                    return;
                }
                last = event.position();
                if (last > log.size() || !log.at(last).equals(event)) {
                    found.add(
                            "%s returned %s, but the log has another one there"
                                    .formatted(what, text(event)));
                    return;
                }
            }
            boolean full = read.events.size() >= read.limit;
            long upTo = full ? last : Math.max(last, Math.min(read.seen, log.size()));
            SortedSet<Long> missing = log.matching(read.query, read.after, upTo, Integer.MAX_VALUE);
            Set<Long> returned = new HashSet<>();
            read.events.forEach(event -> returned.add(event.position()));
            if (!returned.equals(missing)) {
                missing.removeAll(returned);
                found.add(
                        missing.isEmpty()
                                ? "%s returned events that do not match".formatted(what)
                                : missing.first() <= last
                                        ? "%s returned position %d, but not %s"
                                                .formatted(
                                                        what, last, text(log.at(missing.first())))
                                        : ("%s began after position %d had been seen, but did not"
                                                        + " return %s")
                                                .formatted(
                                                        what,
                                                        read.seen,
                                                        text(log.at(missing.first()))));
            }
        }

        private void checkReceipts() {
            Map<String, Append> effects = new HashMap<>();
            for (Attempt attempt : attempts) {
                Receipt receipt = attempt.append.receipt();
                if (receipt != null && attempt.outcome instanceof Appended) {
                    Append other = effects.putIfAbsent(receipt.key(), attempt.append);
                    if (other != null && !other.events().equals(attempt.append.events())) {
                        found.add(
                                "the key \"%s\" had two effects: %s and %s"
                                        .formatted(
                                                receipt.key(), text(other), text(attempt.append)));
                    }
                }
            }
        }
    }
}
