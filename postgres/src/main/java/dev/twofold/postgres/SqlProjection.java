package dev.twofold.postgres;

import dev.twofold.EventTypes;
import dev.twofold.Recorded;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.regex.Pattern;

/// Hands each batch to SQL of the user's own.
final class SqlProjection<E> extends Projection<E> {
    private static final Pattern CREATED_TABLE =
            Pattern.compile(
                    "\\bCREATE\\s+(?:UNLOGGED\\s+)?TABLE\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?\\$\\{table}(\\w*)",
                    Pattern.CASE_INSENSITIVE);

    private final String definitions;
    private final SqlBatch<E> batch;

    /// What follows `${table}` in the names of the tables, the last one that is made first.
    private final List<String> suffixes;

    SqlProjection(
            String name, int revision, EventTypes<E> types, String definitions, SqlBatch<E> batch) {
        super(name, revision, types);
        this.definitions = definitions;
        this.batch = batch;
        this.suffixes =
                CREATED_TABLE
                        .matcher(definitions)
                        .results()
                        .map(table -> table.group(1))
                        .toList()
                        .reversed();
        if (!suffixes.contains("")) {
            throw new IllegalArgumentException(
                    "the definitions of projection \"%s\" do not create a table ${table}"
                            .formatted(name));
        }
    }

    @Override
    String madeBy() {
        return Fingerprint.of(definitions, batch);
    }

    @Override
    void create(Connection connection, int generation) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(DocumentTable.on(TableName.of(name(), generation), definitions));
        }
    }

    @Override
    void drop(Connection connection, int generation, int partitions) throws SQLException {
        for (String suffix : suffixes) {
            DocumentTable.drop(connection, TableName.of(name(), generation) + suffix);
        }
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
            batch.apply(own, TableName.of(name(), partition.generation()), connection);
        }
        return new Statements();
    }
}
