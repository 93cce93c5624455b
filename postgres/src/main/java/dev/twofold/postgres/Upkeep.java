package dev.twofold.postgres;

import dev.twofold.EventFeed;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// What is done to one projection besides taking in the log: events that are set aside are tried
/// again or given up, documents are compared with the log and repaired.
///
/// Safe for use by many threads.
final class Upkeep<E> {
    private static final Duration LOCKED = Duration.ofSeconds(30);

    private final DataSource dataSource;
    private final EventFeed feed;
    private final Projection<E> projection;
    private final Generations generations;
    private final FailurePolicy policy;
    private volatile Consumer<ViewChanges> listener = _ -> {};

    Upkeep(DataSource dataSource, EventFeed feed, Projection<E> projection, FailurePolicy policy) {
        this.dataSource = dataSource;
        this.feed = feed;
        this.projection = projection;
        this.generations = new Generations(projection);
        this.policy = policy;
    }

    /// Has someone told which documents of the view have been folded anew, after the commit.
    void onChange(Consumer<ViewChanges> newListener) {
        listener = newListener;
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
                    for (Partition partition : generations.current(connection)) {
                        all.addAll(parked(partition).all(connection));
                    }
                    return all;
                });
    }

    InspectedEvent inspect(ParkedEvent event) throws SQLException {
        String document =
                projection instanceof ViewProjection<E, ?> view
                        ? Transaction.run(
                                dataSource, connection -> document(connection, view, event))
                        : null;
        RecordedEvent stored = feed.next(Query.all(), event.position() - 1, 1).events().getFirst();
        return new InspectedEvent(event, stored, current(stored), document);
    }

    private @Nullable String document(
            Connection connection, ViewProjection<E, ?> view, ParkedEvent event)
            throws SQLException {
        DocumentTable.Stored stored =
                view.table(own(connection, event), event.view())
                        .stored(connection, Set.of(event.key()))
                        .get(event.key());
        return stored == null ? null : stored.document();
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
        Partition partition = Transaction.run(dataSource, connection -> own(connection, event));
        resume(partition, Set.of(event.document()));
        return first(partition, event.document());
    }

    /// Tries all again that is set aside; what waits then.
    List<ParkedEvent> retryAll() throws SQLException {
        for (Partition partition : Transaction.run(dataSource, generations::own)) {
            Set<DocumentName> waiting =
                    Transaction.run(
                            dataSource, connection -> parked(partition).first(connection).keySet());
            resume(partition, waiting);
        }
        return parked();
    }

    /// Partitions keep looked-up documents for themselves, so that such a one is set aside in each.
    Optional<ParkedEvent> drop(ParkedEvent event, String because) throws SQLException {
        requireReason(because);
        List<Partition> partitions =
                Transaction.run(dataSource, connection -> drop(connection, event, because));
        if (partitions.isEmpty()) {
            throw new IllegalArgumentException(
                    "the event at position %d is not set aside for %s in generation %d of \"%s\""
                            .formatted(
                                    event.position(),
                                    event.document().text(),
                                    event.generation(),
                                    name()));
        }
        List<ParkedEvent> left = new ArrayList<>();
        for (Partition partition : partitions) {
            if (projection instanceof ViewProjection<E, ?>) {
                refold(partition).repair(event.document());
            } else {
                resume(partition, Set.of(event.document()));
            }
            first(partition, event.document()).ifPresent(left::add);
        }
        return left.stream().findFirst();
    }

    private List<Partition> drop(Connection connection, ParkedEvent event, String because)
            throws SQLException {
        own(connection, event);
        List<Partition> dropped = new ArrayList<>();
        for (Partition partition : generations.own(connection)) {
            if (partition.generation() == event.generation()) {
                ParkedEvents parked = parked(partition);
                parked.checkpoint().lockWaiting(connection, LOCKED);
                if (parked.drop(connection, event.document(), event.position(), because)) {
                    dropped.add(partition);
                    parked.tryNext(connection, event.document(), event.position());
                }
            }
        }
        return dropped;
    }

    private Optional<ParkedEvent> first(Partition partition, DocumentName document)
            throws SQLException {
        return Transaction.run(
                dataSource,
                connection ->
                        parked(partition).all(connection).stream()
                                .filter(parked -> parked.document().equals(document))
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
                            for (Partition partition : generations.current(connection)) {
                                any |=
                                        new DroppedEvents(name())
                                                .drop(connection, partition, position, because);
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
        Partition partition =
                Transaction.run(dataSource, this::ownServing).stream()
                        .filter(each -> each.has(key))
                        .findFirst()
                        .orElseThrow();
        return refold(partition).repair(new DocumentName(name(), key));
    }

    /// Compares documents of the generation that is being built, or else of the one that serves.
    Verification verify(long sample) throws SQLException {
        if (sample < 1) {
            throw new IllegalArgumentException(
                    "one document or more is compared, but the sample was %d".formatted(sample));
        }
        int serving = Transaction.run(dataSource, this::serving);
        Optional<Integer> building = Transaction.run(dataSource, generations::building);
        List<Partition> partitions =
                Transaction.run(
                        dataSource,
                        connection ->
                                building.isPresent()
                                        ? of(building.get(), generations.own(connection))
                                        : ownServing(connection));
        return new Verifier<>(dataSource, feed, views(), partitions, serving).run(sample);
    }

    /// Tries documents again whose time has come, or will have within a while; whether there were
    /// any.
    boolean retryDue(Duration within) throws SQLException {
        boolean any = false;
        for (Partition partition : Transaction.run(dataSource, generations::own)) {
            Set<DocumentName> due =
                    Transaction.run(
                            dataSource, connection -> parked(partition).due(connection, within));
            resume(partition, due);
            any |= !due.isEmpty();
        }
        return any;
    }

    private void resume(Partition partition, Set<DocumentName> documents) throws SQLException {
        if (documents.isEmpty()) {
            return;
        }
        if (projection instanceof Subscription<E> subscription) {
            Redelivery<E> redelivery =
                    new Redelivery<>(dataSource, feed, subscription, partition, policy);
            for (DocumentName stream : documents) {
                redelivery.resume(stream);
            }
        } else {
            refold(partition).resume(documents);
        }
    }

    private List<Partition> ownServing(Connection connection) throws SQLException {
        int serving = serving(connection);
        List<Partition> own = of(serving, generations.own(connection));
        if (own.isEmpty()) {
            throw notOwn(serving);
        }
        return own;
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

    /// The partition of an event, which is this process's to work on.
    private Partition own(Connection connection, ParkedEvent event) throws SQLException {
        return of(event.generation(), generations.own(connection)).stream()
                .filter(partition -> partition.number() == event.partition())
                .findFirst()
                .orElseThrow(() -> notOwn(event.generation()));
    }

    private static List<Partition> of(int generation, List<Partition> partitions) {
        return partitions.stream()
                .filter(partition -> partition.generation() == generation)
                .toList();
    }

    private IllegalStateException notOwn(int generation) {
        return new IllegalStateException(
                ("generation %d of \"%s\" is retired, or not of revision %d, which is this"
                                + " process's; use the program that made it")
                        .formatted(generation, name(), projection.revision()));
    }

    private static void requireReason(@Nullable String because) {
        if (because == null || because.isBlank()) {
            throw new IllegalArgumentException(
                    "say why the event is given up: the reason is kept with it");
        }
    }

    private Refold<E> refold(Partition partition) {
        return new Refold<>(dataSource, feed, views(), partition, policy, listener);
    }

    private ViewProjection<E, ?> views() {
        if (projection instanceof ViewProjection<E, ?> view) {
            return view;
        }
        throw new IllegalArgumentException(
                "\"%s\" is not a view, so it has no documents that the log could be folded into"
                        .formatted(name()));
    }

    private ParkedEvents parked(Partition partition) {
        return new ParkedEvents(name(), partition);
    }
}
