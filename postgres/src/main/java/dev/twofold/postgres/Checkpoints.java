package dev.twofold.postgres;

import dev.twofold.EventStoreException;
import dev.twofold.postgres.Reach.Standing;
import dev.twofold.postgres.WaitOutcome.Reached;
import dev.twofold.postgres.WaitOutcome.Stalled;
import dev.twofold.postgres.WaitOutcome.TimedOut;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import javax.sql.DataSource;

/// What this node knows of how far projections have come, and those who wait for it.
///
/// One poll serves all who wait, whatever they wait for. Safe for use by many threads.
final class Checkpoints {
    private final DataSource dataSource;
    private final String node;
    private final int attempts;
    private final Watch<Map<String, Reach>> reached =
            new Watch<>("checkpoints", Map.of(), this::read, Checkpoints::newer);

    /// @param node the name of this one
    /// @param attempts at an event after which a projection has stopped
    Checkpoints(DataSource dataSource, String node, int attempts) {
        this.dataSource = dataSource;
        this.node = node;
        this.attempts = attempts;
    }

    String node() {
        return node;
    }

    void signal(String projection, Reach reach) {
        reached.signal(Map.of(projection, reach));
    }

    /// Waits for all partitions of a projection.
    ///
    /// @throws InterruptedException if the thread is interrupted before or while it waits
    WaitOutcome await(String projection, long position, Duration timeout)
            throws InterruptedException {
        return outcome(
                await(projection, reach -> reach.towards(position), position, timeout), position);
    }

    /// Waits for the partition of one key, and looks whether events are set aside for its document.
    ///
    /// @throws InterruptedException if the thread is interrupted before or while it waits
    WaitOutcome await(String projection, String key, long position, Duration timeout)
            throws InterruptedException {
        Standing standing = await(projection, reach -> reach.of(key), position, timeout);
        return standing.position() >= position && standing.anyParked()
                ? unlessParked(projection, key, position, standing)
                : outcome(standing, position);
    }

    private Standing await(
            String projection, Function<Reach, Standing> part, long position, Duration timeout)
            throws InterruptedException {
        return part.apply(
                of(
                        projection,
                        reached.await(
                                all -> part.apply(of(projection, all)).settles(position),
                                timeout)));
    }

    private static WaitOutcome outcome(Standing standing, long position) {
        String stopped = standing.stopped();
        if (standing.position() >= position) {
            return new Reached(standing.position());
        }
        return stopped == null
                ? new TimedOut(standing.position())
                : new Stalled(standing.position(), stopped);
    }

    private static Reach of(String projection, Map<String, Reach> all) {
        return all.getOrDefault(projection, Reach.NOWHERE);
    }

    private static Map<String, Reach> newer(Map<String, Reach> present, Map<String, Reach> latest) {
        Map<String, Reach> merged = new HashMap<>(present);
        latest.forEach((projection, reach) -> merged.merge(projection, reach, Reach::orNewer));
        return Map.copyOf(merged);
    }

    private static final String READ =
            """
            SELECT projection, generation, partitions, partition, position,
              CASE WHEN attempts >= ? THEN error END,
              EXISTS (SELECT FROM twofold.parked_event e
                WHERE e.projection = c.projection AND e.generation = c.generation
                  AND e.partition = c.partition)
            FROM twofold.checkpoint c JOIN twofold.projection USING (projection, generation)
            WHERE role = 'serving' AND partition < partitions
            """;

    private Map<String, Reach> read() {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(READ)) {
            statement.setInt(1, attempts);
            try (ResultSet row = statement.executeQuery()) {
                return reaches(row);
            }
        } catch (SQLException e) {
            throw new EventStoreException("the checkpoints of projections are out of reach", e);
        }
    }

    private static Map<String, Reach> reaches(ResultSet row) throws SQLException {
        Map<String, Reach> all = new HashMap<>();
        while (row.next()) {
            Partition partition = new Partition(row.getInt(2), row.getInt(4), row.getInt(3));
            all.merge(
                    row.getString(1),
                    Reach.of(partition, row.getLong(5), row.getString(6), row.getBoolean(7)),
                    Reach::orNewer);
        }
        return all;
    }

    private static final String PARKED =
            """
            SELECT e.position, e.reason
            FROM twofold.projection p JOIN twofold.parked_event e USING (projection, generation)
            WHERE p.projection = ? AND p.role = 'serving' AND e.view = p.projection AND e.key = ?
              AND e.position <= ?
            ORDER BY e.position LIMIT 1
            """;

    private WaitOutcome unlessParked(
            String projection, String key, long position, Standing standing) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(PARKED)) {
            statement.setString(1, projection);
            statement.setString(2, key);
            statement.setLong(3, position);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? new Stalled(
                                row.getLong(1) - 1,
                                "the event at position %d is set aside for document \"%s\": %s"
                                        .formatted(row.getLong(1), key, row.getString(2)))
                        : new Reached(standing.position());
            }
        } catch (SQLException e) {
            throw new EventStoreException(
                    "what is set aside by \"%s\" is out of reach".formatted(projection), e);
        }
    }

    private static final String STATUS =
            """
            SELECT projection, generation, revision, role, partition, partitions, position, error,
              (SELECT count(*) FROM twofold.parked_event e
                WHERE e.projection = c.projection AND e.generation = c.generation
                  AND e.partition = c.partition),
              node, batch, rate * exp(-greatest(0, extract(epoch FROM now() - updated_at)) / 10)::float8,
              updated_at, now()
            FROM twofold.checkpoint c JOIN twofold.projection USING (projection, generation)
            ORDER BY projection, generation, partition
            """;

    List<PartitionStatus> status(long head) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(STATUS);
                ResultSet row = statement.executeQuery()) {
            List<PartitionStatus> all = new ArrayList<>();
            while (row.next()) {
                all.add(
                        new PartitionStatus(
                                row.getString(1),
                                row.getInt(2),
                                row.getInt(3),
                                row.getString(4),
                                row.getInt(5),
                                row.getInt(6),
                                row.getLong(7),
                                head,
                                Duration.ZERO,
                                row.getDouble(12),
                                row.getInt(11),
                                row.getLong(9),
                                row.getString(10),
                                row.getString(8),
                                row.getTimestamp(13).toInstant(),
                                row.getTimestamp(14).toInstant()));
            }
            return all;
        } catch (SQLException e) {
            throw new EventStoreException("the projections are out of reach", e);
        }
    }

    private static final String LIST =
            """
            SELECT projection, generation, revision, role, min(position),
              coalesce(min(error), (
                SELECT format('documents wait for events set aside, and not so in the generation that'
                  ' serves, among them "%s" of view "%s": retry or drop these for it to serve', key, view)
                FROM twofold.parked_event b
                WHERE role = 'building' AND b.projection = p.projection AND b.generation = p.generation
                  AND NOT EXISTS (
                    SELECT FROM twofold.parked_event s JOIN twofold.projection q USING (projection, generation)
                    WHERE q.role = 'serving' AND s.projection = b.projection AND s.view = b.view AND s.key = b.key)
                LIMIT 1)),
              (SELECT count(*) FROM twofold.parked_event e
                WHERE e.projection = p.projection AND e.generation = p.generation),
              created_at, max(updated_at), clock_timestamp(),
              min(rate * exp(-greatest(0, extract(epoch FROM now() - updated_at)) / 10)::float8)
            FROM twofold.projection p JOIN twofold.checkpoint USING (projection, generation)
            GROUP BY projection, generation ORDER BY projection, generation
            """;

    List<GenerationStatus> list(long head) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(LIST);
                ResultSet row = statement.executeQuery()) {
            List<GenerationStatus> all = new ArrayList<>();
            while (row.next()) {
                all.add(
                        new GenerationStatus(
                                row.getString(1),
                                row.getInt(2),
                                row.getInt(3),
                                row.getString(4),
                                row.getLong(5),
                                head,
                                row.getString(6),
                                row.getLong(7),
                                row.getTimestamp(8).toInstant(),
                                row.getTimestamp(9).toInstant(),
                                row.getTimestamp(10).toInstant(),
                                row.getDouble(11)));
            }
            return all;
        } catch (SQLException e) {
            throw new EventStoreException("the projections are out of reach", e);
        }
    }
}
