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
        for (DocumentTable<?> each : tables(generation)) {
            each.create(connection, each.view().equals(table.view()) ? table.definitions() : "");
        }
    }

    @Override
    void drop(Connection connection, int generation) throws SQLException {
        for (DocumentTable<?> each : tables(generation)) {
            DocumentTable.drop(connection, each.name());
        }
    }

    @Override
    void apply(Connection connection, int generation, List<Recorded<E>> events, Detour detour)
            throws SQLException, EventFailure {
        List<DocumentTable<?>> tables = tables(generation);
        List<DocumentChange<?>> changes;
        try {
            changes = fold.fold(events, new StoredDocuments(connection, tables), detour);
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
    void write(Connection connection, int generation, List<DocumentChange<?>> changes)
            throws SQLException, EventFailure {
        write(connection, tables(generation), changes);
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
    DocumentTable<?> table(int generation, String view) {
        return tables(generation).stream()
                .filter(table -> table.view().name().equals(view))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "projection \"%s\" has no view \"%s\""
                                                .formatted(name(), view)));
    }

    /// Those of the views that are looked up, and its own as the last.
    List<DocumentTable<?>> tables(int generation) {
        List<DocumentTable<?>> tables = new ArrayList<>();
        for (View<E, ?> view : fold.views()) {
            String name =
                    view.equals(table.view())
                            ? TableName.of(name(), generation)
                            : TableName.of(name(), generation, view.name());
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
