package dev.twofold.postgres;

import static java.lang.Integer.MAX_VALUE;

import dev.twofold.DocumentChange;
import dev.twofold.Documents;
import dev.twofold.EventTypes;
import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.ViewFold;
import dev.twofold.ViewFold.Detour;
import dev.twofold.ViewFoldException;
import dev.twofold.postgres.DocumentTable.Loaded;
import dev.twofold.postgres.DocumentTable.Rows;
import dev.twofold.postgres.Parking.TooManyWait;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/// Keeps the documents of a view and of the views it looks up, all under one checkpoint.
final class ViewProjection<E, D> extends Projection<E> {
    /// Documents that one batch changes at most because they refer to something.
    private static final int AT_ONCE = 1_000;

    /// Events of a batch whose documents are read while its checkpoint is locked.
    private static final int PREFETCHED = 100;

    /// Documents that one statement writes, if others wait for their turn on the connection.
    private static final int WRITTEN = 2_000;

    private final ViewTable<E, D> table;
    private final ViewFold<E> fold;
    private final int atOnce;
    private final int written;

    ViewProjection(EventTypes<E> types, ViewTable<E, D> table) {
        this(types, table, AT_ONCE, WRITTEN);
    }

    ViewProjection(EventTypes<E> types, ViewTable<E, D> table, int atOnce) {
        this(types, table, atOnce, WRITTEN);
    }

    ViewProjection(EventTypes<E> types, ViewTable<E, D> table, int atOnce, int written) {
        super(table.view().name(), table.view().revision(), types);
        this.table = table;
        this.fold = new ViewFold<>(table.view());
        this.atOnce = atOnce;
        this.written = written;
    }

    int atOnce() {
        return atOnce;
    }

    @Override
    String madeBy() {
        return Fingerprint.of(table.definitions(), fold.views());
    }

    @Override
    void create(Connection connection, int generation) throws SQLException {
        for (DocumentTable<?> each : tables(generation, 0)) {
            each.create(connection, each.view().equals(table.view()) ? table.definitions() : "");
        }
    }

    /// Each partition keeps the documents that it looks up for itself, in step with its own ones.
    @Override
    void resize(Connection connection, int generation, int from, int to) throws SQLException {
        for (int partition = from; partition < to; partition++) {
            for (DocumentTable<?> each : lookups(generation, partition)) {
                each.createAsCopy(
                        connection, TableName.of(name(), generation, each.view().name(), 0));
            }
        }
        for (int partition = to; partition < from; partition++) {
            for (DocumentTable<?> each : lookups(generation, partition)) {
                DocumentTable.drop(connection, each.name());
            }
        }
    }

    @Override
    void drop(Connection connection, int generation, int partitions) throws SQLException {
        resize(connection, generation, partitions, 1);
        for (DocumentTable<?> each : tables(generation, 0)) {
            DocumentTable.drop(connection, each.name());
        }
    }

    /// Those that are looked up come from the first partition, so queries see them as far as that
    /// is.
    @Override
    void serve(Connection connection, int generation) throws SQLException {
        super.serve(connection, generation);
        for (DocumentTable<?> each : lookups(generation, 0)) {
            new ServingView(TableName.ofLookup(name(), each.view().name()))
                    .pointTo(connection, each.name());
        }
    }

    /// Only for batches as they are at the end of the log: keys are worked out twice for it, which
    /// costs large ones more than the round trip.
    @Override
    Prefetch prefetch(Partition partition, List<Recorded<E>> events) {
        Prefetch prefetch = Prefetch.nothing();
        if (events.size() > PREFETCHED) {
            return prefetch;
        }
        Map<View<?, ?>, Set<String>> keys;
        try {
            keys = keys(partition, events);
        } catch (RuntimeException e) {
            return prefetch; // the fold will fail at the same event, and say so
        }
        for (DocumentTable<?> each : tables(partition.generation(), partition.number())) {
            Set<String> wanted = keys.getOrDefault(each.view(), Set.of());
            if (!wanted.isEmpty()) {
                prefetch.want(each, wanted);
            }
        }
        return prefetch;
    }

    private Map<View<?, ?>, Set<String>> keys(Partition partition, List<Recorded<E>> events) {
        Map<View<?, ?>, Set<String>> all = new HashMap<>();
        for (View<E, ?> view : fold.views()) {
            for (Recorded<E> event : events) {
                Keys keys = view.keys(event.event());
                for (String key : keys.direct()) {
                    if (!view.equals(table.view()) || partition.has(key)) {
                        all.computeIfAbsent(view, _ -> new HashSet<>()).add(key);
                    }
                }
                for (Keys.Read read : keys.reads()) {
                    all.computeIfAbsent(read.view(), _ -> new HashSet<>()).add(read.key());
                }
            }
        }
        return all;
    }

    @Override
    Statements apply(
            Connection connection,
            Partition partition,
            List<Recorded<E>> events,
            Parking parking,
            Spreading<E> spreading,
            Prefetch fetched)
            throws SQLException, EventFailure {
        List<DocumentTable<?>> tables = tables(partition.generation(), partition.number());
        StoredDocuments stored =
                new StoredDocuments(connection, tables, events, parking, spreading, fetched);
        return writing(tables, fold(partition, events, parking, stored));
    }

    private List<DocumentChange<?>> fold(
            Partition partition, List<Recorded<E>> events, Detour detour, Documents stored)
            throws SQLException, EventFailure {
        ViewFold<E> own = partition.isWhole() ? fold : fold.of(partition::has);
        return folding(() -> own.fold(events, stored, detour));
    }

    /// Folds events into the documents of a unit of work, to be written later, while none are
    /// pending.
    ///
    /// @param loading how stored documents are loaded
    /// @throws EventFailure if it is known which event failed; none has taken effect then
    /// @throws Spreading.TooMany if one concerns too many documents; none has taken effect then
    void fold(
            Connection connection,
            Partition partition,
            List<Recorded<E>> events,
            Detour detour,
            UnitOfWork work,
            UnaryOperator<Documents> loading)
            throws SQLException, EventFailure {
        List<DocumentTable<?>> tables = tables(partition.generation(), partition.number());
        StoredDocuments stored =
                new StoredDocuments(
                        connection, tables, events, detour, Spreading.later(), Prefetch.nothing());
        work.add(fold(partition, events, detour, work.over(loading.apply(stored))));
        work.read(stored.length);
    }

    /// Has what a unit of work has changed written.
    ///
    /// @return characters of JSON that the documents have
    /// @throws EventFailure if a document cannot be encoded; others may have been written then
    long write(Partition partition, UnitOfWork work, Writing writing) throws EventFailure {
        List<DocumentTable<?>> tables = tables(partition.generation(), partition.number());
        List<DocumentChange<?>> changes = work.changes();
        long length = 0;
        for (int from = 0; from < changes.size(); from += written) {
            int to = Math.min(changes.size(), from + written);
            List<Rows> rows = encode(tables, changes.subList(from, to));
            length += rows.stream().mapToLong(Rows::length).sum();
            writing.write(statements(tables, rows));
        }
        return length;
    }

    @Override
    BatchSize batchSize() {
        return BatchSize.joined();
    }

    /// Folds what is pending into those of the documents that it is pending for.
    ///
    /// @throws EventFailure if an event does not fit; nothing is written then
    void spread(
            Connection connection,
            Partition partition,
            List<FanOut<E>> pending,
            Set<String> keys,
            Detour detour)
            throws SQLException, EventFailure {
        List<DocumentTable<?>> tables = tables(partition.generation(), partition.number());
        Map<String, ? extends Loaded<?>> loaded = tables.getLast().byKeys(connection, keys);
        writing(tables, folding(() -> spread(loaded, pending, detour))).execute(connection);
    }

    /// What becomes of loaded documents by what is pending for them.
    private List<DocumentChange<?>> spread(
            Map<String, ? extends Loaded<?>> loaded, List<FanOut<E>> pending, Detour detour) {
        List<Recorded<E>> events = new ArrayList<>();
        pending.forEach(each -> events.addAll(each.events()));
        return fold.fold(
                events,
                new LoadedDocuments(table.view(), loaded),
                (view, key, position, reads) -> {
                    Loaded<?> document = view.equals(table.view()) ? loaded.get(key) : null;
                    return document == null
                            || position <= document.position()
                            || detour.passes(view, key, position, reads);
                });
    }

    private static List<DocumentChange<?>> folding(Folding folding)
            throws SQLException, EventFailure {
        try {
            return folding.changes();
        } catch (ViewFoldException e) {
            throw EventFailure.of(e);
        } catch (TooManyWait e) {
            throw new EventFailure(e.position(), e);
        } catch (UncheckedSql e) {
            throw e.sql();
        }
    }

    private interface Folding {
        List<DocumentChange<?>> changes();
    }

    /// The view's table in a generation.
    DocumentTable<?> own(int generation) {
        return tables(generation, 0).getLast();
    }

    /// Writes documents as they are to be, in the caller's transaction.
    ///
    /// @throws EventFailure if one cannot be encoded; nothing is written then
    void write(Connection connection, Partition partition, List<DocumentChange<?>> changes)
            throws SQLException, EventFailure {
        writing(tables(partition.generation(), partition.number()), changes).execute(connection);
    }

    /// Encodes all before the first is written: a batch without the event that failed is taken in
    /// anew in the same transaction.
    private static Statements writing(
            List<DocumentTable<?>> tables, List<DocumentChange<?>> changes) throws EventFailure {
        return statements(tables, encode(tables, changes));
    }

    private static List<Rows> encode(List<DocumentTable<?>> tables, List<DocumentChange<?>> changes)
            throws EventFailure {
        List<Rows> rows = new ArrayList<>();
        for (DocumentTable<?> each : tables) {
            rows.add(each.encode(changes));
        }
        return rows;
    }

    private static Statements statements(List<DocumentTable<?>> tables, List<Rows> rows) {
        Statements statements = new Statements();
        for (int i = 0; i < tables.size(); i++) {
            tables.get(i).write(statements, rows.get(i));
        }
        return statements;
    }

    ViewFold<E> fold() {
        return fold;
    }

    /// The table of one of its views, by the view's name.
    DocumentTable<?> table(Partition partition, String view) {
        return tables(partition.generation(), partition.number()).stream()
                .filter(table -> table.view().name().equals(view))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "projection \"%s\" has no view \"%s\""
                                                .formatted(name(), view)));
    }

    private List<DocumentTable<?>> lookups(int generation, int partition) {
        return tables(generation, partition).stream()
                .filter(each -> !each.view().equals(table.view()))
                .toList();
    }

    /// Those of the views that are looked up, and its own as the last.
    List<DocumentTable<?>> tables(int generation, int partition) {
        List<DocumentTable<?>> tables = new ArrayList<>();
        for (View<E, ?> view : fold.views()) {
            String name =
                    view.equals(table.view())
                            ? TableName.of(name(), generation)
                            : TableName.of(name(), generation, view.name(), partition);
            tables.add(new DocumentTable<>(view, table.codec(), name));
        }
        return tables;
    }

    /// Documents of one view that have been loaded, each of which may be concerned.
    private record LoadedDocuments(View<?, ?> own, Map<String, ? extends Loaded<?>> loaded)
            implements Documents {

        @Override
        public <T> Map<String, T> byKeys(View<?, T> view, Set<String> keys) {
            return Map.of();
        }

        @Override
        public <T> Map<String, T> byReferences(View<?, T> view, Set<String> names) {
            Map<String, T> documents = new HashMap<>();
            if (view.equals(own)) {
                loaded.forEach(
                        (key, each) ->
                                documents.put(key, view.documentType().cast(each.document())));
            }
            return documents;
        }
    }

    /// The documents as one transaction sees them, with what is pending for them folded in.
    private final class StoredDocuments implements Documents {
        private final Connection connection;
        private final List<DocumentTable<?>> tables;
        private final List<Recorded<E>> events;
        private final Detour detour;
        private final Spreading<E> spreading;
        private final Prefetch fetched;
        private long length;

        /// @param events of the batch
        StoredDocuments(
                Connection connection,
                List<DocumentTable<?>> tables,
                List<Recorded<E>> events,
                Detour detour,
                Spreading<E> spreading,
                Prefetch fetched) {
            this.connection = connection;
            this.tables = tables;
            this.events = events;
            this.detour = detour;
            this.spreading = spreading;
            this.fetched = fetched;
        }

        @Override
        public <T> Map<String, T> byKeys(View<?, T> view, Set<String> keys) {
            try {
                DocumentTable<T> from = table(view);
                Optional<Map<String, Loaded<T>>> known = fetched.documents(from, keys);
                Map<String, Loaded<T>> loaded =
                        known.isPresent() ? known.get() : from.byKeys(connection, keys);
                Map<String, T> documents = documents(loaded);
                if (view.equals(table.view()) && !spreading.pending().isEmpty()) {
                    for (DocumentChange<?> change : spread(loaded, spreading.pending(), detour)) {
                        if (change.document() == null) {
                            documents.remove(change.key());
                        } else {
                            documents.put(
                                    change.key(), view.documentType().cast(change.document()));
                        }
                    }
                }
                return documents;
            } catch (SQLException e) {
                throw new UncheckedSql(e);
            }
        }

        /// None if there are more than a batch changes: then the events are put off for them.
        @Override
        public <T> Map<String, T> byReferences(View<?, T> view, Set<String> names) {
            try {
                boolean mayPutOff = spreading.isAllowed() && view.equals(table.view());
                if (!mayPutOff) {
                    return documents(table(view).byReferences(connection, names, MAX_VALUE));
                }
                if (!spreading.pending().isEmpty() && spreading.putOff(events, table.view())) {
                    return Map.of();
                }
                Map<String, Loaded<T>> loaded =
                        table(view).byReferences(connection, names, atOnce + 1);
                if (loaded.size() <= atOnce) {
                    return documents(loaded);
                }
                return spreading.putOff(events, table.view())
                        ? Map.of()
                        : documents(table(view).byReferences(connection, names, MAX_VALUE));
            } catch (SQLException e) {
                throw new UncheckedSql(e);
            }
        }

        private <T> Map<String, T> documents(Map<String, Loaded<T>> loaded) {
            Map<String, T> documents = new HashMap<>();
            loaded.forEach(
                    (key, each) -> {
                        documents.put(key, each.document());
                        length += each.length();
                    });
            return documents;
        }

        @SuppressWarnings("unchecked") // a table has the document type of its view
        private <T> DocumentTable<T> table(View<?, T> view) {
            for (DocumentTable<?> each : tables) {
                if (each.view().equals(view)) {
                    return (DocumentTable<T>) each;
                }
            }
            throw new IllegalArgumentException(
                    "view \"%s\" has no table in this projection".formatted(view.name()));
        }
    }
}
