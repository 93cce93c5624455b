package dev.twofold.postgres;

import dev.twofold.EventTypes;
import dev.twofold.Recorded;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/// Hands each batch to SQL that writes tables which the application made, and which stay as they
/// are: there is one generation of them.
final class OwnTables<E> extends Projection<E> {
    private final SqlBatch<E> batch;

    OwnTables(String name, EventTypes<E> types, SqlBatch<E> batch) {
        super(name, 1, types);
        this.batch = batch;
    }

    @Override
    boolean rebuildable() {
        return false;
    }

    @Override
    String madeBy() {
        return "";
    }

    @Override
    void create(Connection connection, int generation) {
        // the application's migrations do
    }

    @Override
    void drop(Connection connection, int generation, int partitions) {
        // the application's migrations do
    }

    @Override
    void analyze(Connection connection, int generation) {
        // the database does
    }

    @Override
    void serve(Connection connection, int generation) {
        // queries meet the tables by their own names
    }

    @Override
    Statements apply(
            Connection connection,
            Partition partition,
            List<Recorded<E>> events,
            Parking parking,
            Spreading<E> spreading,
            Prefetch fetched)
            throws SQLException {
        List<Recorded<E>> own = partition.of(events);
        if (!own.isEmpty()) {
            batch.apply(own, TableName.of(name()), connection);
        }
        return new Statements();
    }
}
