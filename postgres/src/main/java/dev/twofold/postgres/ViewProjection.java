package dev.twofold.postgres;

import dev.twofold.DocumentChange;
import dev.twofold.Documents;
import dev.twofold.EventTypes;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.ViewFold;
import dev.twofold.ViewFold.Detour;
import dev.twofold.ViewFoldException;
import dev.twofold.postgres.DocumentTable.Rows;
import dev.twofold.postgres.Parking.TooManyWait;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Keeps the documents of a view and of the views it looks up, all under one checkpoint.
final class ViewProjection<E, D> extends Projection<E> {
    private final ViewTable<E, D> table;
    private final ViewFold<E> fold;

    ViewProjection(EventTypes<E> types, ViewTable<E, D> table) {
        super(table.view().name(), table.view().revision(), types);
        this.table = table;
        this.fold = new ViewFold<>(table.view());
    }

    @Override
    String fingerprint() {
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

    @Override
    void apply(Connection connection, Partition partition, List<Recorded<E>> events, Detour detour)
            throws SQLException, EventFailure {
        List<DocumentTable<?>> tables = tables(partition.generation(), partition.number());
        List<DocumentChange<?>> changes;
        try {
            changes =
                    (partition.isWhole() ? fold : fold.of(partition::has))
                            .fold(events, new StoredDocuments(connection, tables), detour);
        } catch (ViewFoldException e) {
            throw EventFailure.of(e);
        } catch (TooManyWait e) {
            throw new EventFailure(e.position(), e);
        } catch (UncheckedSql e) {
            throw e.sql();
        }
        write(connection, tables, changes);
    }

    /// Writes documents as they are to be, in the caller's transaction.
    ///
    /// @throws EventFailure if one cannot be encoded; nothing is written then
    void write(Connection connection, Partition partition, List<DocumentChange<?>> changes)
            throws SQLException, EventFailure {
        write(connection, tables(partition.generation(), partition.number()), changes);
    }

    /// Encodes all before the first is written: a batch without the event that failed is taken in
    /// anew in the same transaction.
    private static void write(
            Connection connection, List<DocumentTable<?>> tables, List<DocumentChange<?>> changes)
            throws SQLException, EventFailure {
        List<Rows> rows = new ArrayList<>();
        for (DocumentTable<?> each : tables) {
            rows.add(each.encode(changes));
        }
        for (int i = 0; i < tables.size(); i++) {
            tables.get(i).write(connection, rows.get(i));
        }
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

    /// The documents as one transaction sees them.
    private record StoredDocuments(Connection connection, List<DocumentTable<?>> tables)
            implements Documents {

        @Override
        public <T> Map<String, T> byKeys(View<?, T> view, Set<String> keys) {
            try {
                return table(view).byKeys(connection, keys);
            } catch (SQLException e) {
                throw new UncheckedSql(e);
            }
        }

        @Override
        public <T> Map<String, T> byReferences(View<?, T> view, Set<String> names) {
            try {
                return table(view).byReferences(connection, names);
            } catch (SQLException e) {
                throw new UncheckedSql(e);
            }
        }

        @SuppressWarnings("unchecked") // a table has the document type of its view
        private <T> DocumentTable<T> table(View<?, T> view) {
            for (DocumentTable<?> table : tables) {
                if (table.view().equals(view)) {
                    return (DocumentTable<T>) table;
                }
            }
            throw new IllegalArgumentException(
                    "view \"%s\" has no table in this projection".formatted(view.name()));
        }
    }
}
