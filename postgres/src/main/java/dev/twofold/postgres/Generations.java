package dev.twofold.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/// Finds, or makes, the generation of a projection that a process with its revision works on.
final class Generations {
    private Generations() {}

    private static final String EXCLUDE_OTHERS =
            """
            SELECT pg_advisory_xact_lock(hashtextextended('twofold.projection.' || ?, 0))
            """;

    /// The newest generation of the projection's revision. If there is none, one is made: it serves
    /// if it is the first of all, and is built beside the serving one otherwise.
    ///
    /// @throws IllegalStateException if there are newer revisions only
    static int newest(Connection connection, Projection<?> projection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(EXCLUDE_OTHERS)) {
            statement.setString(1, projection.name());
            statement.execute();
        }
        int generation = find(connection, projection);
        return generation > 0 ? generation : add(connection, projection);
    }

    private static final String FIND =
            """
            SELECT max(generation) FILTER (WHERE revision = ?), max(revision)
            FROM twofold.projection WHERE projection = ?
            """;

    private static int find(Connection connection, Projection<?> projection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FIND)) {
            statement.setInt(1, projection.revision());
            statement.setString(2, projection.name());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                int generation = row.getInt(1);
                if (generation == 0 && row.getInt(2) > projection.revision()) {
                    throw new IllegalStateException(
                            ("projection \"%s\" has revision %d in this process, but the database"
                                 + " has revision %d already; run the newer program, or raise the"
                                 + " revision to have the documents made anew")
                                    .formatted(
                                            projection.name(),
                                            projection.revision(),
                                            row.getInt(2)));
                }
                return generation;
            }
        }
    }

    private static final String ADD =
            """
            INSERT INTO twofold.projection (projection, generation, revision, role)
            SELECT ?, coalesce(max(generation), 0) + 1, ?,
              CASE WHEN bool_or(role = 'serving') THEN 'building' ELSE 'serving' END
            FROM twofold.projection WHERE projection = ?
            RETURNING generation, role
            """;

    private static int add(Connection connection, Projection<?> projection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ADD)) {
            statement.setString(1, projection.name());
            statement.setInt(2, projection.revision());
            statement.setString(3, projection.name());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                int generation = row.getInt(1);
                projection.create(connection, generation);
                new Checkpoint(projection.name(), generation).create(connection);
                if (row.getString(2).equals("serving")) {
                    projection.serve(connection, generation);
                }
                return generation;
            }
        }
    }
}
