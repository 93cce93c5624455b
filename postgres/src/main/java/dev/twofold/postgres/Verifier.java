package dev.twofold.postgres;

import dev.twofold.DocumentChange;
import dev.twofold.EventFeed;
import dev.twofold.postgres.DocumentTable.Stored;
import dev.twofold.postgres.LiveFold.NotChosen;
import dev.twofold.postgres.Verification.Difference;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
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
    private final EventFeed feed;
    private final ViewProjection<E, ?> projection;
    private final List<Partition> partitions;
    private final int served;

    /// @param partitions of the generation
    /// @param served the generation that serves
    Verifier(
            DataSource dataSource,
            EventFeed feed,
            ViewProjection<E, ?> projection,
            List<Partition> partitions,
            int served) {
        this.dataSource = dataSource;
        this.feed = feed;
        this.projection = projection;
        this.partitions = partitions;
        this.served = served;
    }

    /// Folds the log once, and stops where each of the partitions is to compare what it has.
    Verification run(long wanted) throws SQLException {
        Start start = Transaction.run(dataSource, connection -> start(connection, wanted));
        try {
            return run(start, start.sample::contains);
        } catch (NotChosen e) {
            return run(start, _ -> true);
        }
    }

    private Verification run(Start start, Predicate<String> chosen) throws SQLException {
        LiveFold<E> fold =
                new LiveFold<>(
                        projection.fold(),
                        chosen,
                        new Parking(start.waiting, start.dropped, Integer.MAX_VALUE),
                        _ -> {});
        LiveReplay<E> replay = new LiveReplay<>(feed, projection, fold, start.dropped, 0);
        try {
            replay.foldUpTo(start.position);
            Snapshot snapshot =
                    Transaction.run(dataSource, connection -> snapshot(connection, start.sample));
            Findings findings = new Findings();
            for (Part part : snapshot.parts) {
                replay.foldUpTo(part.position);
                Set<DocumentName> waiting = new HashSet<>(part.waiting);
                waiting.addAll(part.pending(projection.name()));
                waiting.addAll(start.waiting.keySet());
                for (DocumentTable<?> table : part.stored.keySet()) {
                    compare(fold, start.sample, part, table, waiting, findings);
                }
            }
            return verification(snapshot, findings);
        } catch (EventFailure failure) {
            throw new IllegalStateException(
                    "the log of projection \"%s\" cannot be folded beyond position %d: %s"
                            .formatted(
                                    projection.name(), failure.position() - 1, failure.diagnosis()),
                    failure);
        }
    }

    private Start start(Connection connection, long wanted) throws SQLException {
        Map<DocumentName, Long> waiting = new HashMap<>();
        long position = Long.MAX_VALUE;
        for (Partition partition : partitions) {
            ParkedEvents parked = parked(partition);
            parked.waiting(connection)
                    .forEach((name, from) -> waiting.merge(name, from, Math::min));
            position = Math.min(position, parked.checkpoint().position(connection).orElse(0L));
        }
        return new Start(
                KeySample.of(wanted, count(connection, partitions.getFirst().generation())),
                waiting,
                new DroppedEvents(projection.name()).of(connection, projection.revision()),
                position);
    }

    private static final String ONE_MOMENT =
            """
            SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY
            """;

    private Snapshot snapshot(Connection connection, KeySample sample) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ONE_MOMENT)) {
            statement.execute();
        }
        List<Part> parts = new ArrayList<>();
        for (Partition partition : partitions) {
            ParkedEvents parked = parked(partition);
            Map<DocumentTable<?>, Map<String, Stored>> stored = new HashMap<>();
            for (DocumentTable<?> table :
                    projection.tables(partition.generation(), partition.number())) {
                stored.put(table, table.stored(connection, sample));
            }
            parts.add(
                    new Part(
                            partition,
                            parked.checkpoint().position(connection).orElse(0L),
                            stored,
                            parked.waiting(connection).keySet(),
                            new FanOuts(projection.name(), partition).all(connection)));
        }
        parts.sort(Comparator.comparingLong(Part::position));
        return new Snapshot(
                parts,
                count(connection, partitions.getFirst().generation()),
                count(connection, served));
    }

    private long count(Connection connection, int generation) throws SQLException {
        return projection.tables(generation, 0).getLast().count(connection);
    }

    private ParkedEvents parked(Partition partition) {
        return new ParkedEvents(projection.name(), partition);
    }

    private void compare(
            LiveFold<E> fold,
            KeySample sample,
            Part part,
            DocumentTable<?> table,
            Set<DocumentName> waiting,
            Findings findings)
            throws EventFailure {
        Map<String, DocumentChange<?>> expected = fold.documents(table.view());
        Map<String, Stored> stored = part.stored.getOrDefault(table, Map.of());
        Set<String> keys = new TreeSet<>(stored.keySet());
        expected.keySet().stream().filter(sample::contains).forEach(keys::add);
        if (table.view().name().equals(projection.name())) {
            keys.removeIf(key -> !part.partition.has(key));
        }
        for (String key : keys) {
            if (waiting.contains(new DocumentName(table.view().name(), key))) {
                findings.setAside++;
            } else {
                findings.add(compare(table, key, expected.get(key), stored.get(key)));
            }
        }
    }

    private Verification verification(Snapshot snapshot, Findings findings) {
        return new Verification(
                projection.name(),
                partitions.getFirst().generation(),
                snapshot.parts.getFirst().position,
                snapshot.documents,
                snapshot.documentsServed,
                findings.compared,
                findings.setAside,
                findings.different,
                findings.told);
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

    /// What was stored at one moment, the partition that is least far first.
    private record Snapshot(List<Part> parts, long documents, long documentsServed) {}

    private record Part(
            Partition partition,
            long position,
            Map<DocumentTable<?>, Map<String, Stored>> stored,
            Set<DocumentName> waiting,
            List<FanOuts.Pending> fanOuts) {

        /// The view's own documents for which events are pending.
        Set<DocumentName> pending(String view) {
            Set<DocumentName> pending = new HashSet<>();
            for (Map.Entry<DocumentTable<?>, Map<String, Stored>> table : stored.entrySet()) {
                if (table.getKey().view().name().equals(view)) {
                    table.getValue()
                            .forEach(
                                    (key, row) -> {
                                        if (isPending(row)) {
                                            pending.add(new DocumentName(view, key));
                                        }
                                    });
                }
            }
            return pending;
        }

        private boolean isPending(Stored row) {
            return fanOuts.stream()
                    .anyMatch(
                            each ->
                                    row.position() < each.position()
                                            && row.references().stream()
                                                    .anyMatch(each.names()::contains));
        }
    }

    private static final class Findings {
        private final List<Difference> told = new ArrayList<>();
        private long compared;
        private long setAside;
        private long different;

        void add(@Nullable Difference difference) {
            compared++;
            if (difference != null) {
                different++;
                if (told.size() < MOST_TOLD) {
                    told.add(difference);
                }
            }
        }
    }
}
