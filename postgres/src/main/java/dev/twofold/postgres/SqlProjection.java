package dev.twofold.postgres;

import dev.twofold.EventTypes;
import dev.twofold.Recorded;
import dev.twofold.ViewFold.Detour;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/// Hands each batch to SQL of the user's own.
final class SqlProjection<E> extends Projection<E> {
    private final String definitions;
    private final SqlBatch<E> batch;

    SqlProjection(
            String name, int revision, EventTypes<E> types, String definitions, SqlBatch<E> batch) {
        super(name, revision, types);
        this.definitions = definitions;
        this.batch = batch;
    }

    @Override
    String fingerprint() {
        return Fingerprint.of(definitions, List.of());
    }

    @Override
    void create(Connection connection, int generation) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(DocumentTable.on(TableName.of(name(), generation), definitions));
        }
    }

    @Override
    void drop(Connection connection, int generation, int partitions) throws SQLException {
        DocumentTable.drop(connection, TableName.of(name(), generation));
    }

    @Override
    void apply(Connection connection, Partition partition, List<Recorded<E>> events, Detour detour)
            throws SQLException {
        List<Recorded<E>> own =
                partition.isWhole() ? events : events.stream().filter(partition::has).toList();
        if (!own.isEmpty()) {
            batch.apply(own, TableName.of(name(), partition.generation()), connection);
        }
    }
}
