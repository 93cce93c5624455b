package dev.twofold.postgres;

import dev.twofold.postgres.ProjectionRunners.Promotion;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Collections;
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
            add(
                    connection,
                    roles.serving == 0 ? "serving" : "building",
                    partitions(connection, roles.serving));
            roles = roles(connection);
        }
        return some(roles.own);
    }

    private static final String CURRENT =
            """
            SELECT generation, partitions FROM twofold.projection
            WHERE projection = ? AND role <> 'retired' AND revision = coalesce(?, revision)
            ORDER BY generation
            """;

    /// The partitions of the generations that serve or are being built, of whatever revision.
    List<Partition> current(Connection connection) throws SQLException {
        return current(connection, null);
    }

    /// Those of this revision.
    List<Partition> own(Connection connection) throws SQLException {
        return current(connection, projection.revision());
    }

    private List<Partition> current(Connection connection, @Nullable Integer revision)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CURRENT)) {
            statement.setString(1, projection.name());
            statement.setObject(2, revision, Types.INTEGER);
            List<Partition> partitions = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    int of = rows.getInt(2);
                    for (int number = 0; number < of; number++) {
                        partitions.add(new Partition(rows.getInt(1), number, of));
                    }
                }
            }
            return partitions;
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
    /// @param partitions that it is filled in; 0 for as many as the serving one has
    /// @throws IllegalArgumentException if the projection keeps nothing that could be made anew
    int rebuild(Connection connection, int partitions) throws SQLException {
        if (!projection.rebuildable()) {
            throw new IllegalArgumentException(
                    "\"%s\" keeps no tables of its own that could be made anew"
                            .formatted(projection.name()));
        }
        lock(connection);
        Roles roles = roles(connection);
        return roles.building > 0
                ? roles.building
                : add(
                        connection,
                        "building",
                        partitions > 0 ? partitions : partitions(connection, roles.serving));
    }

    private static final String SET_PACE =
            """
            UPDATE twofold.projection SET pace = ?
            WHERE projection = ? AND generation = ? AND role = 'building'
            """;

    /// Sets the percent of the time in which the generation that is being built takes in batches;
    /// tells whether there is one.
    boolean pace(Connection connection, int percent) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SET_PACE)) {
            statement.setInt(1, percent);
            statement.setString(2, projection.name());
            statement.setInt(3, roles(connection).building);
            return statement.executeUpdate() > 0;
        }
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

    /// Plans that a generation that has caught up gets as many partitions as the serving one has;
    /// whether it has them.
    boolean align(Connection connection, int generation) throws SQLException {
        lock(connection);
        Roles roles = roles(connection);
        int wanted = partitions(connection, roles.serving);
        if (roles.serving == 0 || partitions(connection, generation) == wanted) {
            return true;
        }
        List<Long> positions = positions(connection, generation);
        if (positions.isEmpty() || isPlanned(connection, generation)) {
            return false;
        }
        plan(connection, generation, wanted, Collections.max(positions));
        return meet(connection, generation);
    }

    private boolean isPlanned(Connection connection, int generation) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PLANNED)) {
            statement.setString(1, projection.name());
            statement.setInt(2, generation);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    /// Queries that begin while the switch waits for those before them wait as long.
    private static final String WAIT_BRIEFLY =
            """
            SET LOCAL lock_timeout = '200ms'
            """;

    /// Lets the generation serve in place of the present one, which is kept, while an earlier one
    /// is removed. It fails if a query, or whatever else holds the tables, does not end at once.
    ///
    /// @return whether it has, which it does once it is as far as the present one, nothing is
    ///   pending in it, and it has nothing set aside for a document for which the present one has
    ///   not
    Promotion promote(Connection connection, int generation) throws SQLException {
        lock(connection);
        Roles roles = roles(connection);
        if (roles.building != generation) {
            return Promotion.NOT_YET;
        }
        if (roles.serving > 0) {
            if (!lacksNothing(connection, generation, roles.serving)) {
                return Promotion.NOT_YET;
            }
            if (FanOuts.any(connection, projection.name(), generation)) {
                return Promotion.NOT_YET;
            }
            if (!newlyWaiting(connection, generation, roles.serving).isEmpty()) {
                return Promotion.WAITING;
            }
        }
        execute(connection, WAIT_BRIEFLY);
        if (roles.retired > 0) {
            remove(connection, roles.retired);
        }
        setRole(connection, roles.serving, "retired");
        setRole(connection, generation, "serving");
        projection.serve(connection, generation);
        return Promotion.SERVES;
    }

    /// The documents for which one generation has set events aside and another has not.
    private Set<DocumentName> newlyWaiting(Connection connection, int generation, int serving)
            throws SQLException {
        Set<DocumentName> waiting = waiting(connection, generation);
        waiting.removeAll(waiting(connection, serving));
        return waiting;
    }

    private Set<DocumentName> waiting(Connection connection, int generation) throws SQLException {
        Set<DocumentName> waiting = new HashSet<>();
        for (Partition partition : current(connection)) {
            if (partition.generation() == generation) {
                waiting.addAll(
                        new ParkedEvents(projection.name(), partition).first(connection).keySet());
            }
        }
        return waiting;
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

    private int add(Connection connection, String role, int partitions) throws SQLException {
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
                resize(connection, generation, 1, partitions, 0);
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
                return row.next() && isOfAnotherProgram(row.getString(1));
            }
        }
    }

    /// @param fingerprint of the program that began a generation of this revision
    boolean isOfAnotherProgram(String fingerprint) {
        return !fingerprint.isEmpty() && !fingerprint.equals(projection.fingerprint());
    }

    private static final String REMOVE =
            """
            DELETE FROM twofold.projection WHERE projection = ? AND generation = ?
            """;

    private void remove(Connection connection, int generation) throws SQLException {
        int partitions = partitions(connection, generation);
        positions(connection, generation);
        projection.drop(connection, generation, partitions);
        try (PreparedStatement statement = connection.prepareStatement(REMOVE)) {
            statement.setString(1, projection.name());
            statement.setInt(2, generation);
            statement.executeUpdate();
        }
    }

    /// Locks all checkpoints of both, so that none moves before the roles have changed.
    private boolean lacksNothing(Connection connection, int generation, int serving)
            throws SQLException {
        long target = least(positions(connection, serving));
        return least(positions(connection, generation)) >= target;
    }

    private static long least(List<Long> positions) {
        return positions.isEmpty() ? 0 : Collections.min(positions);
    }

    private static final String PARTITIONS =
            """
            SELECT partitions FROM twofold.projection WHERE projection = ? AND generation = ?
            """;

    /// How many partitions a generation has; 1 if there is no such.
    int partitions(Connection connection, int generation) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PARTITIONS)) {
            statement.setString(1, projection.name());
            statement.setInt(2, generation);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getInt(1) : 1;
            }
        }
    }

    private static final String POSITIONS =
            """
            SELECT position FROM twofold.checkpoint WHERE projection = ? AND generation = ?
            ORDER BY partition FOR UPDATE
            """;

    /// How far each partition is, none of which goes on before the transaction has ended.
    private List<Long> positions(Connection connection, int generation) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(POSITIONS)) {
            statement.setString(1, projection.name());
            statement.setInt(2, generation);
            List<Long> positions = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    positions.add(rows.getLong(1));
                }
            }
            return positions;
        }
    }

    private static final String STOPPED =
            """
            SELECT partition, error FROM twofold.checkpoint
            WHERE projection = ? AND generation = ? AND error IS NOT NULL ORDER BY partition LIMIT 1
            """;

    /// Splits the serving generation's keys into another number of partitions, as soon as all have
    /// come equally far: those that are ahead wait for the others.
    ///
    /// @return whether that was so at once
    /// @throws IllegalStateException if a partition has stopped, so that this may never be, or if
    ///   no generation of this revision serves
    boolean repartition(Connection connection, int partitions) throws SQLException {
        if (partitions < 1 || partitions > Partition.MOST) {
            throw new IllegalArgumentException(
                    "a projection has 1 to %d partitions, but %d were asked for"
                            .formatted(Partition.MOST, partitions));
        }
        lock(connection);
        int generation = roles(connection).own;
        if (generation == 0) {
            throw new IllegalStateException(
                    "projection \"%s\" is not served by revision %d, which this process has"
                            .formatted(projection.name(), projection.revision()));
        }
        List<Long> positions = positions(connection, generation);
        if (positions.size() != partitions(connection, generation)) {
            throw new IllegalStateException(
                    "projection \"%s\" lacks a checkpoint, so nobody knows how far it is; rebuild it"
                            .formatted(projection.name()));
        }
        refuseIfStopped(connection, generation);
        plan(connection, generation, partitions, Collections.max(positions));
        return meet(connection, generation);
    }

    private void refuseIfStopped(Connection connection, int generation) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(STOPPED)) {
            statement.setString(1, projection.name());
            statement.setInt(2, generation);
            try (ResultSet row = statement.executeQuery()) {
                if (row.next()) {
                    throw new IllegalStateException(
                            ("partition %d of projection \"%s\" has stopped, so that the others"
                                            + " would wait for it; mend that first: %s")
                                    .formatted(row.getInt(1), projection.name(), row.getString(2)));
                }
            }
        }
    }

    private static final String PLAN =
            """
            UPDATE twofold.projection SET
              next_partitions = CASE WHEN partitions <> n THEN n END,
              meet_at = CASE WHEN partitions <> n THEN at END
            FROM (SELECT ?::int AS n, ?::bigint AS at) AS plan
            WHERE projection = ? AND generation = ?
            """;

    private void plan(Connection connection, int generation, int partitions, long meetAt)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PLAN)) {
            statement.setInt(1, partitions);
            statement.setLong(2, meetAt);
            statement.setString(3, projection.name());
            statement.setInt(4, generation);
            statement.executeUpdate();
        }
    }

    private static final String PLANNED =
            """
            SELECT partitions, next_partitions, meet_at FROM twofold.projection
            WHERE projection = ? AND generation = ? AND next_partitions IS NOT NULL
            """;

    /// Puts the planned partitions in place of the present ones if all of these have met; whether
    /// nothing is left to be done.
    ///
    /// Every node asks once a second, and nearly always nothing is planned. No checkpoint is locked
    /// then: a batch passes over one that is, and would rest for that.
    boolean meet(Connection connection, int generation) throws SQLException {
        if (!isPlanned(connection, generation)) {
            return true;
        }
        lock(connection);
        List<Long> positions = positions(connection, generation);
        try (PreparedStatement statement = connection.prepareStatement(PLANNED)) {
            statement.setString(1, projection.name());
            statement.setInt(2, generation);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return true;
                }
                long meetAt = row.getLong(3);
                if (positions.stream().anyMatch(position -> position != meetAt)) {
                    return false;
                }
                resize(connection, generation, row.getInt(1), row.getInt(2), meetAt);
                return true;
            }
        }
    }

    private static final String RESIZE =
            """
            UPDATE twofold.projection SET partitions = ?, next_partitions = NULL, meet_at = NULL
            WHERE projection = ? AND generation = ?
            """;

    /// New rows for the new partitions: whoever waits for the lock of an old one finds it gone.
    private void resize(Connection connection, int generation, int from, int to, long position)
            throws SQLException {
        projection.resize(connection, generation, from, to);
        try (PreparedStatement statement = connection.prepareStatement(REMOVE_CHECKPOINTS)) {
            statement.setString(1, projection.name());
            statement.setInt(2, generation);
            statement.executeUpdate();
        }
        for (int partition = 0; partition < to; partition++) {
            new Checkpoint(projection.name(), generation, partition).create(connection, position);
        }
        try (PreparedStatement statement = connection.prepareStatement(RESIZE)) {
            statement.setInt(1, to);
            statement.setString(2, projection.name());
            statement.setInt(3, generation);
            statement.executeUpdate();
        }
        ParkedEvents.resize(connection, projection.name(), generation, from, to);
        FanOuts.resize(connection, projection.name(), generation, to);
    }

    private static final String REMOVE_CHECKPOINTS =
            """
            DELETE FROM twofold.checkpoint WHERE projection = ? AND generation = ?
            """;

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

    private static Optional<Integer> some(int generation) {
        return generation == 0 ? Optional.empty() : Optional.of(generation);
    }
}
