package dev.twofold;

import dev.twofold.AppendOutcome.Appended;
import dev.twofold.AppendOutcome.Conflict;
import dev.twofold.AppendOutcome.Repeated;
import dev.twofold.Condition.ExpectedVersion;
import dev.twofold.Condition.NoneMatching;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/// An event store for tests of what is built on one, and the plainest statement of what a store
/// does.
///
/// Looks at every event for every question: meant for thousands of events, not for millions.
public final class InMemoryEventStore implements EventStore {
    private final List<RecordedEvent> log = new ArrayList<>();
    private final Map<String, Repeated> receipts = new HashMap<>();
    private final Clock clock;

    public InMemoryEventStore(Clock clock) {
        this.clock = clock;
    }

    @Override
    public synchronized AppendOutcome append(Append append) {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("the thread was interrupted; nothing is appended");
        }
        Receipt receipt = append.receipt();
        Repeated repeated = receipt == null ? null : receipts.get(receipt.key());
        if (repeated != null) {
            return repeated;
        }
        Optional<Appended> earlier = earlier(append);
        if (earlier.isPresent()) {
            return earlier.get();
        }
        for (Condition condition : append.conditions()) {
            Optional<Conflict> conflict = check(condition);
            if (conflict.isPresent()) {
                return conflict.get();
            }
        }
        long first = head() + 1;
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        append.events().forEach(event -> log.add(record(event, now)));
        if (receipt != null) {
            receipts.put(receipt.key(), new Repeated(receipt.answer(), head()));
        }
        return new Appended(first, head());
    }

    @Override
    public synchronized List<RecordedEvent> read(Query query, long after, int limit) {
        EventStore.requireInRange(after, limit);
        return log.stream()
                .filter(event -> event.position() > after && matches(query, event))
                .limit(limit)
                .toList();
    }

    @Override
    public synchronized long head() {
        return log.size();
    }

    private Optional<Appended> earlier(Append append) {
        List<UUID> ids = append.events().stream().map(NewEvent::id).toList();
        List<RecordedEvent> found = log.stream().filter(e -> ids.contains(e.id())).toList();
        if (found.isEmpty()) {
            return Optional.empty();
        }
        if (found.size() < ids.size()) {
            throw new IllegalArgumentException(
                    "%d of the append's %d events are in the log already, the first as position %d;"
                                    .formatted(
                                            found.size(), ids.size(), found.getFirst().position())
                            + " give new events ids of their own");
        }
        return Optional.of(new Appended(found.getFirst().position(), found.getLast().position()));
    }

    private Optional<Conflict> check(Condition condition) {
        return switch (condition) {
            case ExpectedVersion(var stream, var version) -> {
                Optional<RecordedEvent> last = last(stream);
                yield last.map(RecordedEvent::version).orElse(0L) == version
                        ? Optional.empty()
                        : Optional.of(
                                new Conflict(
                                        condition, last.map(RecordedEvent::position).orElse(0L)));
            }
            case NoneMatching(var query, var after) ->
                    log.stream()
                            .filter(event -> event.position() > after && matches(query, event))
                            .findFirst()
                            .map(event -> new Conflict(condition, event.position()));
        };
    }

    private RecordedEvent record(NewEvent event, Instant now) {
        StreamId stream = event.stream();
        return new RecordedEvent(
                head() + 1,
                event.id(),
                stream,
                stream == null ? 0 : last(stream).map(RecordedEvent::version).orElse(0L) + 1,
                event.type(),
                event.revision(),
                event.data(),
                event.tags(),
                event.metadata(),
                now);
    }

    private Optional<RecordedEvent> last(@Nullable StreamId stream) {
        return log.reversed().stream()
                .filter(event -> Objects.equals(event.stream(), stream))
                .findFirst();
    }

    private static boolean matches(Query query, RecordedEvent event) {
        return query.matches(event.stream(), event.type(), event.tags());
    }
}
