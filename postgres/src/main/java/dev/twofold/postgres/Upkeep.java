package dev.twofold.postgres;

import dev.twofold.EventStore;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// What is done to one projection besides taking in the log: events that are set aside are tried
/// again or given up, documents are compared with the log and repaired.
///
/// Safe for use by many threads.
final class Upkeep<E> {
    private final DataSource dataSource;
    private final EventStore store;
    private final Projection<E> projection;
    private final Generations generations;
    private final FailurePolicy policy;

    Upkeep(
            DataSource dataSource,
            EventStore store,
            Projection<E> projection,
            FailurePolicy policy) {
        this.dataSource = dataSource;
        this.store = store;
        this.projection = projection;
        this.generations = new Generations(projection);
        this.policy = policy;
    }

    String name() {
        return projection.name();
    }

    Generations generations() {
        return generations;
    }

    /// The events that are set aside by the generations that serve or are being built, each
    /// document's in order.
    List<ParkedEvent> parked() throws SQLException {
        return Transaction.run(
                dataSource,
                connection -> {
                    List<ParkedEvent> all = new ArrayList<>();
                    for (int generation : generations.current(connection)) {
                        all.addAll(parked(generation).all(connection));
                    }
                    return all;
                });
    }

    InspectedEvent inspect(ParkedEvent event) throws SQLException {
        String document =
                Transaction.run(
                        dataSource,
                        connection -> {
                            DocumentTable<?> table =
                                    views().table(event.generation(), event.view());
                            DocumentTable.Stored stored =
                                    table.stored(connection, Set.of(event.key())).get(event.key());
                            return stored == null ? null : stored.document();
                        });
        RecordedEvent stored = store.read(Query.all(), event.position() - 1, 1).getFirst();
        return new InspectedEvent(event, stored, current(stored), document);
    }

    private String current(RecordedEvent stored) {
        try {
            List<?> lifted = projection.types().decode(stored);
            return lifted.size() == 1 ? lifted.getFirst().toString() : lifted.toString();
        } catch (RuntimeException e) {
            return e.toString();
        }
    }

    /// Tries an event again with those behind it; what the document then waits for.
    Optional<ParkedEvent> retry(ParkedEvent event) throws SQLException {
        requireOwn(event.generation());
        refold(event.generation()).resume(Set.of(event.document()));
        return Transaction.run(
                dataSource,
                connection ->
                        parked(event.generation()).all(connection).stream()
                                .filter(parked -> parked.document().equals(event.document()))
                                .findFirst());
    }

    Optional<ParkedEvent> drop(ParkedEvent event, String because) throws SQLException {
        requireReason(because);
        requireOwn(event.generation());
        ParkedEvents parked = parked(event.generation());
        boolean dropped =
                Transaction.run(
                        dataSource,
                        connection -> {
                            parked.checkpoint().lockWaiting(connection);
                            return parked.drop(
                                    connection, event.document(), event.position(), because);
                        });
        if (!dropped) {
            throw new IllegalArgumentException(
                    "the event at position %d is not set aside for %s in generation %d of \"%s\""
                            .formatted(
                                    event.position(),
                                    event.document().text(),
                                    event.generation(),
                                    name()));
        }
        refold(event.generation()).repair(event.document());
        return Transaction.run(
                dataSource,
                connection ->
                        parked.all(connection).stream()
                                .filter(one -> one.document().equals(event.document()))
                                .findFirst());
    }

    /// Lets the event at which the projection has stopped have no effect.
    void skip(long position, String because) throws SQLException {
        requireReason(because);
        boolean skipped =
                Transaction.run(
                        dataSource,
                        connection -> {
                            boolean any = false;
                            for (int generation : generations.current(connection)) {
                                any |=
                                        new DroppedEvents(name())
                                                .drop(connection, generation, position, because);
                            }
                            return any;
                        });
        if (!skipped) {
            throw new IllegalArgumentException(
                    ("projection \"%s\" has not stopped at position %d, so the event there is not"
                                    + " skipped; its status says where it has stopped")
                            .formatted(name(), position));
        }
    }

    List<DroppedEvent> dropped() throws SQLException {
        return Transaction.run(dataSource, new DroppedEvents(name())::all);
    }

    /// Folds one document anew from the log.
    Repair repair(String key) throws SQLException {
        int generation = Transaction.run(dataSource, this::ownServing);
        return refold(generation).repair(new DocumentName(name(), key));
    }

    /// Compares documents of the generation that is being built, or else of the one that serves.
    Verification verify(long sample) throws SQLException {
        if (sample < 1) {
            throw new IllegalArgumentException(
                    "one document or more is compared, but the sample was %d".formatted(sample));
        }
        int serving = Transaction.run(dataSource, this::serving);
        Optional<Integer> building = Transaction.run(dataSource, generations::building);
        int generation =
                building.isPresent()
                        ? building.get()
                        : Transaction.run(dataSource, this::ownServing);
        return new Verifier<>(dataSource, store, views(), generation).run(serving, sample);
    }

    /// Tries documents again whose time has come, or will have within a while; whether there were
    /// any.
    boolean retryDue(Duration within) throws SQLException {
        if (!(projection instanceof ViewProjection<E, ?>)) {
            return false;
        }
        boolean any = false;
        for (int generation : Transaction.run(dataSource, generations::own)) {
            Set<DocumentName> due =
                    Transaction.run(
                            dataSource, connection -> parked(generation).due(connection, within));
            refold(generation).resume(due);
            any |= !due.isEmpty();
        }
        return any;
    }

    private int ownServing(Connection connection) throws SQLException {
        List<Integer> own = generations.own(connection);
        int serving = serving(connection);
        if (!own.contains(serving)) {
            throw new IllegalStateException(
                    ("generation %d of \"%s\" was made by another revision than %d, which is this"
                                    + " process's; use the program that made it")
                            .formatted(serving, name(), projection.revision()));
        }
        return serving;
    }

    private int serving(Connection connection) throws SQLException {
        return generations
                .serving(connection)
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "projection \"%s\" has not been begun in this database"
                                                .formatted(name())));
    }

    private void requireOwn(int generation) throws SQLException {
        if (!Transaction.run(dataSource, generations::own).contains(generation)) {
            throw new IllegalStateException(
                    ("generation %d of \"%s\" is not one of revision %d, which is this process's;"
                                    + " use the program that made it")
                            .formatted(generation, name(), projection.revision()));
        }
    }

    private static void requireReason(@Nullable String because) {
        if (because == null || because.isBlank()) {
            throw new IllegalArgumentException(
                    "say why the event is given up: the reason is kept with it");
        }
    }

    private Refold<E> refold(int generation) {
        return new Refold<>(dataSource, store, views(), generation, policy);
    }

    private ViewProjection<E, ?> views() {
        if (projection instanceof ViewProjection<E, ?> view) {
            return view;
        }
        throw new IllegalArgumentException(
                "\"%s\" is not a view, so it has no documents that the log could be folded into"
                        .formatted(name()));
    }

    private ParkedEvents parked(int generation) {
        return new ParkedEvents(name(), generation);
    }
}
