package dev.twofold.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The stored list of what is pending in one partition of a generation.
record FanOuts(String projection, Partition partition) {

    /// @param afterKey up to which the documents are done
    record Pending(long position, Set<String> names, String afterKey) {}

    private static final String ALL =
            """
            SELECT position, names, after_key FROM twofold.fan_out
            WHERE projection = ? AND generation = ? AND partition = ?
            ORDER BY position
            """;

    /// The first one first.
    List<Pending> all(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ALL)) {
            bind(statement, 1);
            List<Pending> all = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String[] names = (String[]) row.getArray(2).getArray();
                    all.add(new Pending(row.getLong(1), Set.of(names), row.getString(3)));
                }
            }
            return all;
        }
    }

    private static final String ADD =
            """
            INSERT INTO twofold.fan_out (projection, generation, partition, position, names)
            VALUES (?, ?, ?, ?, ?)
            """;

    /// @param names of each event, by its position
    void add(Connection connection, Map<Long, Set<String>> names) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ADD)) {
            for (Map.Entry<Long, Set<String>> event : names.entrySet()) {
                bind(statement, 1);
                statement.setLong(4, event.getKey());
                statement.setArray(5, connection.createArrayOf("text", event.getValue().toArray()));
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private static final String MOVE =
            """
            UPDATE twofold.fan_out SET after_key = ?
            WHERE projection = ? AND generation = ? AND partition = ? AND position = ?
            """;

    /// Says up to which key the documents are done.
    void move(Connection connection, long position, String afterKey) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(MOVE)) {
            statement.setString(1, afterKey);
            bind(statement, 2);
            statement.setLong(5, position);
            statement.executeUpdate();
        }
    }

    private static final String END =
            """
            DELETE FROM twofold.fan_out
            WHERE projection = ? AND generation = ? AND partition = ? AND position = ?
            """;

    void end(Connection connection, long position) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(END)) {
            bind(statement, 1);
            statement.setLong(4, position);
            statement.executeUpdate();
        }
    }

    private static final String ANY =
            """
            SELECT EXISTS (SELECT FROM twofold.fan_out WHERE projection = ? AND generation = ?)
            """;

    /// Whether anything is pending in any partition of a generation.
    static boolean any(Connection connection, String projection, int generation)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ANY)) {
            statement.setString(1, projection);
            statement.setInt(2, generation);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private static final String RESTART =
            """
            UPDATE twofold.fan_out SET after_key = '' WHERE projection = ? AND generation = ?
            """;
    private static final String SPREAD =
            """
            INSERT INTO twofold.fan_out (projection, generation, partition, position, names)
            SELECT DISTINCT projection, generation, part, position, names
            FROM twofold.fan_out, generate_series(0, ?::int - 1) AS part
            WHERE projection = ? AND generation = ?
            ON CONFLICT DO NOTHING
            """;
    private static final String REMOVE =
            """
            DELETE FROM twofold.fan_out WHERE projection = ? AND generation = ? AND partition >= ?
            """;

    /// Has each of so many partitions look through the documents that are its own from then on. It
    /// passes over those that are done, as an event there or a later one has touched them.
    static void resize(Connection connection, String projection, int generation, int to)
            throws SQLException {
        try (PreparedStatement restart = connection.prepareStatement(RESTART);
                PreparedStatement spread = connection.prepareStatement(SPREAD);
                PreparedStatement remove = connection.prepareStatement(REMOVE)) {
            restart.setString(1, projection);
            restart.setInt(2, generation);
            restart.executeUpdate();
            spread.setInt(1, to);
            spread.setString(2, projection);
            spread.setInt(3, generation);
            spread.executeUpdate();
            remove.setString(1, projection);
            remove.setInt(2, generation);
            remove.setInt(3, to);
            remove.executeUpdate();
        }
    }

    private void bind(PreparedStatement statement, int from) throws SQLException {
        statement.setString(from, projection);
        statement.setInt(from + 1, partition.generation());
        statement.setInt(from + 2, partition.number());
    }
}
