package dev.twofold.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The generations of one projection: the one that serves queries, one that may be built beside it,
/// and the last that was retired, kept for a rollback.
///
/// A process works on those of its own revision only, since it cannot fold like another one.
record Generations(Projection<?> projection) {
    private static final String ROLES =
            """
            SELECT max(generation) FILTER (WHERE revision = ? AND role = 'serving'),
              max(generation) FILTER (WHERE revision = ? AND role = 'building'),
              max(generation) FILTER (WHERE role = 'serving'),
              max(generation) FILTER (WHERE role = 'retired'),
              bool_or(revision = ?), max(revision)
            FROM twofold.projection WHERE projection = ?
            """;

    /// Generation numbers, 0 for none.
    ///
    /// @param own the serving one if it has this process's revision
    /// @param building of this process's revision
    private record Roles(
            int own, int building, int serving, int retired, boolean known, int newestRevision) {}

    private Roles roles(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ROLES)) {
            statement.setInt(1, projection.revision());
            statement.setInt(2, projection.revision());
            statement.setInt(3, projection.revision());
            statement.setString(4, projection.name());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new Roles(
                        row.getInt(1),
                        row.getInt(2),
                        row.getInt(3),
                        row.getInt(4),
                        row.getBoolean(5),
                        row.getInt(6));
            }
        }
    }

    /// The serving generation if it is of this revision.
    ///
    /// A revision that the database does not know yet gets a generation: it serves if it is the
    /// first of all, and is built beside the serving one otherwise.
    ///
    /// @throws IllegalStateException if the database knows newer revisions only
    Optional<Integer> live(Connection connection) throws SQLException {
        Roles roles = roles(connection);
        if (!roles.known) {
            lock(connection);
            roles = roles(connection);
        }
        if (!roles.known) {
            if (roles.newestRevision > projection.revision()) {
                throw new IllegalStateException(
                        ("projection \"%s\" has revision %d in this process, but revision %d in the"
                             + " database; run the newer program, or raise the revision further")
                                .formatted(
                                        projection.name(),
                                        projection.revision(),
                                        roles.newestRevision));
            }
            add(connection, roles.serving == 0 ? "serving" : "building");
            roles = roles(connection);
        }
        return some(roles.own);
    }

    private static final String CURRENT =
            """
            SELECT generation FROM twofold.projection
            WHERE projection = ? AND role <> 'retired' AND revision = coalesce(?, revision)
            ORDER BY generation
            """;

    /// The generations that serve or are being built, of whatever revision.
    List<Integer> current(Connection connection) throws SQLException {
        return current(connection, null);
    }

    /// Those of this revision.
    List<Integer> own(Connection connection) throws SQLException {
        return current(connection, projection.revision());
    }

    private List<Integer> current(Connection connection, @Nullable Integer revision)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CURRENT)) {
            statement.setString(1, projection.name());
            statement.setObject(2, revision, Types.INTEGER);
            List<Integer> generations = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    generations.add(rows.getInt(1));
                }
            }
            return generations;
        }
    }

    /// The generation that serves, of whatever revision.
    Optional<Integer> serving(Connection connection) throws SQLException {
        return some(roles(connection).serving);
    }

    /// The generation of this revision that is being built.
    Optional<Integer> building(Connection connection) throws SQLException {
        return some(roles(connection).building);
    }

    /// Begins a generation of this revision beside the serving one, or finds the one begun before.
    ///
    /// @throws IllegalArgumentException if the projection keeps nothing that could be made anew
    int rebuild(Connection connection) throws SQLException {
        if (!projection.rebuildable()) {
            throw new IllegalArgumentException(
                    "\"%s\" is a subscription, which has nothing to make anew"
                            .formatted(projection.name()));
        }
        lock(connection);
        int begun = roles(connection).building;
        return begun > 0 ? begun : add(connection, "building");
    }

    /// Gives up the generation that is being built; tells whether there was one.
    boolean cancel(Connection connection) throws SQLException {
        lock(connection);
        int building = roles(connection).building;
        if (building == 0) {
            return false;
        }
        remove(connection, building);
        return true;
    }

    /// Queries that begin while the switch waits for those before them wait as long.
    private static final String WAIT_BRIEFLY =
            """
            SET LOCAL lock_timeout = '200ms'
            """;

    /// Lets the generation serve in place of the present one, which is kept, while an earlier one
    /// is removed. It fails if a query, or whatever else holds the tables, does not end at once.
    ///
    /// @return whether it has: whether it is as far as the present one, and has nothing set aside
    ///   for a document for which the present one has not
    boolean promote(Connection connection, int generation) throws SQLException {
        lock(connection);
        Roles roles = roles(connection);
        if (roles.serving > 0
                && !(lacksNothing(connection, generation, roles.serving)
                        && newlyWaiting(connection, generation, roles.serving).isEmpty())) {
            return false;
        }
        execute(connection, WAIT_BRIEFLY);
        if (roles.retired > 0 && roles.retired != generation) {
            remove(connection, roles.retired);
        }
        setRole(connection, roles.serving, "retired");
        setRole(connection, generation, "serving");
        projection.serve(connection, generation);
        return true;
    }

    /// The documents for which one generation has set events aside and another has not.
    private Set<DocumentName> newlyWaiting(Connection connection, int generation, int serving)
            throws SQLException {
        Set<DocumentName> waiting = new HashSet<>(parked(generation).waiting(connection).keySet());
        waiting.removeAll(parked(serving).waiting(connection).keySet());
        return waiting;
    }

    private ParkedEvents parked(int generation) {
        return new ParkedEvents(projection.name(), generation);
    }

    /// Lets the generation that served before serve again, however far it is.
    ///
    /// @return the generation; empty if there is none
    Optional<Integer> rollBack(Connection connection) throws SQLException {
        lock(connection);
        Roles roles = roles(connection);
        if (roles.retired == 0) {
            return Optional.empty();
        }
        execute(connection, WAIT_BRIEFLY);
        setRole(connection, roles.serving, "retired");
        setRole(connection, roles.retired, "serving");
        projection.serve(connection, roles.retired);
        return Optional.of(roles.retired);
    }

    private static final String ADD =
            """
            INSERT INTO twofold.projection (projection, generation, revision, role, fingerprint)
            SELECT ?, coalesce(max(generation), 0) + 1, ?, ?, ?
            FROM twofold.projection WHERE projection = ?
            RETURNING generation
            """;

    private int add(Connection connection, String role) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ADD)) {
            statement.setString(1, projection.name());
            statement.setInt(2, projection.revision());
            statement.setString(3, role);
            statement.setString(4, projection.fingerprint());
            statement.setString(5, projection.name());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                int generation = row.getInt(1);
                projection.create(connection, generation);
                checkpoint(generation).create(connection);
                if (role.equals("serving")) {
                    projection.serve(connection, generation);
                }
                return generation;
            }
        }
    }

    private static final String FINGERPRINT =
            """
            SELECT fingerprint FROM twofold.projection WHERE projection = ? AND generation = ?
            """;

    /// Whether a generation was begun by another program than this one, though of the same
    /// revision, as far as can be seen.
    boolean isOfAnotherProgram(Connection connection, int generation) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FINGERPRINT)) {
            statement.setString(1, projection.name());
            statement.setInt(2, generation);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        && !row.getString(1).isEmpty()
                        && !row.getString(1).equals(projection.fingerprint());
            }
        }
    }

    private static final String REMOVE =
            """
            DELETE FROM twofold.projection WHERE projection = ? AND generation = ?
            """;

    private void remove(Connection connection, int generation) throws SQLException {
        checkpoint(generation).lockWaiting(connection);
        projection.drop(connection, generation);
        try (PreparedStatement statement = connection.prepareStatement(REMOVE)) {
            statement.setString(1, projection.name());
            statement.setInt(2, generation);
            statement.executeUpdate();
        }
    }

    /// Locks both checkpoints, so that neither moves before the roles have changed.
    private boolean lacksNothing(Connection connection, int generation, int serving)
            throws SQLException {
        long target = checkpoint(serving).lockWaiting(connection);
        return checkpoint(generation).lockWaiting(connection) >= target;
    }

    private static final String SET_ROLE =
            """
            UPDATE twofold.projection SET role = ? WHERE projection = ? AND generation = ?
            """;

    private void setRole(Connection connection, int generation, String role) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SET_ROLE)) {
            statement.setString(1, role);
            statement.setString(2, projection.name());
            statement.setInt(3, generation);
            statement.executeUpdate();
        }
    }

    private static final String LOCK =
            """
            SELECT pg_advisory_xact_lock(hashtextextended('twofold.projection.' || ?, 0))
            """;

    private void lock(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
            statement.setString(1, projection.name());
            statement.execute();
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.execute();
        }
    }

    private Checkpoint checkpoint(int generation) {
        return new Checkpoint(projection.name(), generation);
    }

    private static Optional<Integer> some(int generation) {
        return generation == 0 ? Optional.empty() : Optional.of(generation);
    }
}
