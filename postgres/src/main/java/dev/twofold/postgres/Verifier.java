package dev.twofold.postgres;

import dev.twofold.DocumentChange;
import dev.twofold.EventStore;
import dev.twofold.postgres.DocumentTable.Stored;
import dev.twofold.postgres.Verification.Difference;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// Compares a sample of the stored documents of a generation with what the log makes of the same
/// keys, in memory, up to the same position.
///
/// The sample is taken of keys, not of rows, so that a document that should be there and is not is
/// found too.
final class Verifier<E> {
    private static final int MOST_TOLD = 100;

    private final DataSource dataSource;
    private final EventStore store;
    private final ViewProjection<E, ?> projection;
    private final ParkedEvents parked;
    private final List<DocumentTable<?>> tables;

    Verifier(
            DataSource dataSource,
            EventStore store,
            ViewProjection<E, ?> projection,
            int generation) {
        this.dataSource = dataSource;
        this.store = store;
        this.projection = projection;
        this.parked = new ParkedEvents(projection.name(), generation);
        this.tables = projection.tables(generation);
    }

    /// @param served the generation that serves
    Verification run(int served, long wanted) throws SQLException {
        Start start = Transaction.run(dataSource, connection -> start(connection, wanted));
        LiveFold<E> fold =
                new LiveFold<>(
                        projection.fold(),
                        start.sample::contains,
                        new Parking(start.waiting, start.dropped, Integer.MAX_VALUE),
                        _ -> {});
        LiveReplay<E> replay = new LiveReplay<>(store, projection, fold, start.dropped, 0);
        try {
            replay.foldUpTo(start.position);
            Snapshot snapshot =
                    Transaction.run(
                            dataSource, connection -> snapshot(connection, start.sample, served));
            replay.foldUpTo(snapshot.position);
            return compare(fold, start, snapshot);
        } catch (EventFailure failure) {
            throw new IllegalStateException(
                    "the log of projection \"%s\" cannot be folded beyond position %d: %s"
                            .formatted(
                                    projection.name(), failure.position() - 1, failure.diagnosis()),
                    failure);
        }
    }

    private Start start(Connection connection, long wanted) throws SQLException {
        return new Start(
                KeySample.of(wanted, tables.getLast().count(connection)),
                parked.waiting(connection),
                new DroppedEvents(projection.name()).of(connection, projection.revision()),
                parked.checkpoint().position(connection));
    }

    private static final String ONE_MOMENT =
            """
            SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY
            """;

    private Snapshot snapshot(Connection connection, KeySample sample, int served)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ONE_MOMENT)) {
            statement.execute();
        }
        Map<DocumentTable<?>, Map<String, Stored>> stored = new HashMap<>();
        for (DocumentTable<?> table : tables) {
            stored.put(table, table.stored(connection, sample));
        }
        return new Snapshot(
                parked.checkpoint().position(connection),
                stored,
                parked.waiting(connection).keySet(),
                tables.getLast().count(connection),
                projection.tables(served).getLast().count(connection));
    }

    private Verification compare(LiveFold<E> fold, Start start, Snapshot snapshot)
            throws EventFailure {
        Set<DocumentName> waiting = new HashSet<>(snapshot.waiting);
        waiting.addAll(start.waiting.keySet());
        long compared = 0;
        long setAside = 0;
        List<Difference> differences = new ArrayList<>();
        for (DocumentTable<?> table : tables) {
            Map<String, DocumentChange<?>> expected = fold.documents(table.view());
            Map<String, Stored> stored = snapshot.stored.getOrDefault(table, Map.of());
            Set<String> keys = new TreeSet<>(stored.keySet());
            expected.keySet().stream().filter(start.sample::contains).forEach(keys::add);
            for (String key : keys) {
                if (waiting.contains(new DocumentName(table.view().name(), key))) {
                    setAside++;
                    continue;
                }
                compared++;
                Difference difference = compare(table, key, expected.get(key), stored.get(key));
                if (difference != null) {
                    differences.add(difference);
                }
            }
        }
        return new Verification(
                projection.name(),
                parked.generation(),
                snapshot.position,
                snapshot.documents,
                snapshot.documentsServed,
                compared,
                setAside,
                differences.size(),
                differences.subList(0, Math.min(MOST_TOLD, differences.size())));
    }

    private static @Nullable Difference compare(
            DocumentTable<?> table,
            String key,
            @Nullable DocumentChange<?> expected,
            @Nullable Stored stored)
            throws EventFailure {
        String json = expected == null ? null : table.encode(expected);
        String other = stored == null ? null : table.canonical(stored.document());
        String view = table.view().name();
        if (json == null || !json.equals(other)) {
            return json == null && other == null
                    ? null
                    : new Difference(view, key, json, other, "document");
        }
        if (expected == null || stored == null) {
            return null;
        }
        if (expected.position() != stored.position()) {
            return new Difference(
                    view, key, "" + expected.position(), "" + stored.position(), "position");
        }
        return expected.references().equals(stored.references())
                ? null
                : new Difference(
                        view,
                        key,
                        "" + new TreeSet<>(expected.references()),
                        "" + new TreeSet<>(stored.references()),
                        "references");
    }

    private record Start(
            KeySample sample, Map<DocumentName, Long> waiting, Dropped dropped, long position) {}

    /// What was stored at one moment.
    private record Snapshot(
            long position,
            Map<DocumentTable<?>, Map<String, Stored>> stored,
            Set<DocumentName> waiting,
            long documents,
            long documentsServed) {}
}
