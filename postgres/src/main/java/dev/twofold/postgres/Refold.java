package dev.twofold.postgres;

import dev.twofold.DocumentChange;
import dev.twofold.EventFeed;
import dev.twofold.postgres.DocumentTable.Stored;
import dev.twofold.postgres.LiveFold.NotChosen;
import dev.twofold.postgres.ParkedEvents.First;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import javax.sql.DataSource;

/// Folds documents of one partition anew from the log, and puts what comes of it in their place:
/// what it would be if every event had always fitted.
///
/// The log is read before the checkpoint is locked, so that no two connections are held at once.
final class Refold<E> {
    /// How often the projection may move on between reading the log and locking its checkpoint.
    private static final int ROUNDS = 100;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final DataSource dataSource;
    private final EventFeed feed;
    private final ViewProjection<E, ?> projection;
    private final ParkedEvents parked;
    private final FailurePolicy policy;
    private final Consumer<ViewChanges> listener;

    Refold(
            DataSource dataSource,
            EventFeed feed,
            ViewProjection<E, ?> projection,
            Partition partition,
            FailurePolicy policy,
            Consumer<ViewChanges> listener) {
        this.dataSource = dataSource;
        this.feed = feed;
        this.projection = projection;
        this.parked = new ParkedEvents(projection.name(), partition);
        this.policy = policy;
        this.listener = listener;
    }

    /// Folds a document and all that wait behind it, from the first event on; what comes of the
    /// document itself.
    Repair repair(DocumentName document) throws SQLException {
        return run(Set.of(document), false).getFirst();
    }

    /// Lets the documents go on, and all that wait behind them, from where they wait.
    void resume(Set<DocumentName> documents) throws SQLException {
        run(documents, true);
    }

    private List<Repair> run(Set<DocumentName> documents, boolean onlyWaiting) throws SQLException {
        for (int round = 0; round < ROUNDS; round++) {
            Start start = Transaction.run(dataSource, connection -> start(connection, documents));
            if (onlyWaiting && !start.waiting.keySet().containsAll(documents)) {
                Set<DocumentName> rest = new HashSet<>(documents);
                rest.retainAll(start.waiting.keySet());
                return rest.isEmpty() ? List.of() : run(rest, true);
            }
            Optional<List<Repair>> repairs;
            try {
                repairs = run(work(documents, start, false), start.position);
            } catch (NotChosen e) {
                repairs = run(work(documents, start, true), start.position);
            }
            if (repairs.isPresent()) {
                return repairs.get();
            }
        }
        throw restless();
    }

    private Work<E> work(Set<DocumentName> documents, Start start, boolean all) {
        Set<DocumentName> chosen = start.chosen;
        Map<DocumentName, Long> others = new HashMap<>();
        start.waiting.forEach((name, first) -> others.put(name, first.position()));
        others.keySet().removeAll(chosen);
        LiveFold<E> fold =
                new LiveFold<>(
                        projection.fold(),
                        key -> all || chosen.contains(new DocumentName(projection.name(), key)),
                        new Parking(others, start.dropped, Integer.MAX_VALUE),
                        change -> requireEncodable(chosen, change));
        return new Work<>(
                documents,
                chosen,
                fold,
                new LiveReplay<>(feed, projection, fold, start.dropped, 0));
    }

    private void requireEncodable(Set<DocumentName> chosen, DocumentChange<?> change)
            throws EventFailure {
        DocumentName name = new DocumentName(change.view().name(), change.key());
        if (change.document() != null && chosen.contains(name)) {
            projection.table(parked.partition(), name.view()).encode(change);
        }
    }

    /// Empty if others have changed what waits meanwhile, so that it has to be begun again.
    private Optional<List<Repair>> run(Work<E> work, long position) throws SQLException {
        try {
            work.replay.foldUpTo(position);
            for (int round = 0; round < ROUNDS; round++) {
                long known = work.replay.readOn();
                Attempt attempt =
                        Transaction.run(dataSource, connection -> attempt(connection, work, known));
                switch (attempt) {
                    case Attempt.Replaced(List<Repair> repairs, long at) -> {
                        tell(work.chosen, at);
                        return Optional.of(repairs);
                    }
                    case Attempt.Outdated _ -> {
                        return Optional.empty();
                    }
                    case Attempt.Unfoldable(EventFailure failure) -> throw failure;
                    case Attempt.Behind(long at) -> work.replay.foldUpTo(at);
                }
            }
        } catch (EventFailure failure) {
            throw new IllegalStateException(
                    ("%s cannot be folded from the log, and stay as they were: the event at"
                                    + " position %d fails: %s")
                            .formatted(work.documents, failure.position(), failure.diagnosis()),
                    failure);
        }
        throw restless();
    }

    private void tell(Set<DocumentName> documents, long position) {
        Set<String> keys = new HashSet<>();
        for (DocumentName document : documents) {
            if (document.view().equals(projection.name())) {
                keys.add(document.key());
            }
        }
        int generation = parked.partition().generation();
        listener.accept(new ViewChanges(generation, 0, position, keys, false));
    }

    private IllegalStateException restless() {
        return new IllegalStateException(
                "projection \"%s\" moves on faster than its log can be read; try again when it rests"
                        .formatted(projection.name()));
    }

    private IllegalStateException gone() {
        return new IllegalStateException(
                "generation %d of projection \"%s\" has been split otherwise, or is gone; try again"
                        .formatted(parked.partition().generation(), projection.name()));
    }

    private Start start(Connection connection, Set<DocumentName> documents) throws SQLException {
        Map<DocumentName, First> waiting = parked.first(connection);
        return new Start(
                ParkedEvents.withThoseBehind(documents, waiting),
                waiting,
                new DroppedEvents(projection.name()).of(connection, projection.revision()),
                parked.checkpoint().position(connection).orElseThrow(this::gone));
    }

    private Attempt attempt(Connection connection, Work<E> work, long known) throws SQLException {
        long position =
                parked.checkpoint().lockWaiting(connection, PATIENCE).orElseThrow(this::gone);
        if (position > known) {
            return new Attempt.Behind(position);
        }
        Map<DocumentName, First> waiting = parked.first(connection);
        try {
            work.replay.foldUpTo(position);
            return isOutdated(work, waiting)
                    ? new Attempt.Outdated()
                    : new Attempt.Replaced(replace(connection, work, waiting, position), position);
        } catch (EventFailure failure) {
            return new Attempt.Unfoldable(failure);
        }
    }

    /// Whether more documents wait behind these than were folded, or these behind others that wait
    /// no longer.
    private boolean isOutdated(Work<E> work, Map<DocumentName, First> waiting) {
        Map<DocumentName, Parking.Behind> behind = work.fold.parking().behind();
        return !work.chosen.containsAll(ParkedEvents.withThoseBehind(work.documents, waiting))
                || work.chosen.stream()
                        .map(behind::get)
                        .filter(Objects::nonNull)
                        .map(Parking.Behind::lookup)
                        .anyMatch(name -> !waiting.containsKey(name));
    }

    private List<Repair> replace(
            Connection connection, Work<E> work, Map<DocumentName, First> waiting, long position)
            throws SQLException, EventFailure {
        List<DocumentChange<?>> changes = new ArrayList<>();
        List<Repair> repairs = new ArrayList<>();
        for (DocumentName name : work.chosen) {
            DocumentTable<?> table = projection.table(parked.partition(), name.view());
            Optional<DocumentChange<?>> after = work.fold.document(name);
            if (work.documents.contains(name)) {
                Stored before = table.stored(connection, Set.of(name.key())).get(name.key());
                repairs.add(
                        new Repair(
                                projection.name(),
                                parked.partition().generation(),
                                name.key(),
                                position,
                                before == null ? null : table.canonical(before.document()),
                                after.isEmpty() ? null : table.encode(after.get()),
                                work.fold.parking().reason(name)));
            }
            changes.add(after.orElseGet(() -> table.gone(name.key(), position)));
            parked.replace(connection, name, waiting.get(name), work.fold.parking(), policy);
        }
        projection.write(connection, parked.partition(), changes);
        return repairs;
    }

    /// What is known before the log is read.
    private record Start(
            Set<DocumentName> chosen,
            Map<DocumentName, First> waiting,
            Dropped dropped,
            long position) {}

    private record Work<E>(
            Set<DocumentName> documents,
            Set<DocumentName> chosen,
            LiveFold<E> fold,
            LiveReplay<E> replay) {}

    private sealed interface Attempt {
        record Replaced(List<Repair> repairs, long position) implements Attempt {}

        /// The projection is further than the log was read.
        record Behind(long position) implements Attempt {}

        record Outdated() implements Attempt {}

        record Unfoldable(EventFailure failure) implements Attempt {}
    }
}
