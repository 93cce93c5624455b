package dev.twofold.postgres;

import dev.twofold.EventStoreException;
import dev.twofold.postgres.Reach.Pending;
import dev.twofold.postgres.Reach.Standing;
import dev.twofold.postgres.WaitOutcome.Cause;
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
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// What this node knows of how far projections have come, and those who wait for it.
///
/// One poll serves all who wait, whatever they wait for. Safe for use by many threads.
final class Checkpoints {
    private final DataSource dataSource;
    private final String node;
    private final int attempts;
    private final Watch<Map<String, Reach>> reached =
            new Watch<>("checkpoints", Map.of(), this::read, Checkpoints::newer);
    private final SetAside setAside;

    /// @param node the name of this one
    /// @param attempts at an event after which a projection has stopped
    Checkpoints(DataSource dataSource, String node, int attempts) {
        this.dataSource = dataSource;
        this.node = node;
        this.attempts = attempts;
        this.setAside = new SetAside(dataSource);
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

    /// Waits for the partition of one key, and for what is pending for its document or tried again
    /// for it; stalled if an event is parked for it.
    ///
    /// @throws InterruptedException if the thread is interrupted before or while it waits
    WaitOutcome await(String projection, String key, long position, Duration timeout)
            throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        Standing standing =
                await(projection, reach -> reach.of(key), at -> at.settles(position), timeout);
        while (standing.position() >= position && standing.settled() < position) {
            Standing seen = standing;
            OptionalLong pending = pending(projection, key, position);
            if (pending.isEmpty()) {
                break;
            }
            long left = deadline - System.nanoTime();
            if (standing.stopped() != null || left <= 0) {
                return held(pending.getAsLong() - 1, standing.stopped());
            }
            standing =
                    await(
                            projection,
                            reach -> reach.of(key),
                            at -> isWorthAsking(seen, at, key),
                            Duration.ofNanos(left));
        }
        return standing.position() >= position && standing.anyParked()
                ? setAside.await(projection, key, position, deadline)
                        .orElse(new Reached(standing.position()))
                : outcome(standing, position);
    }

    /// Whether what was pending for a key may be no longer, or nothing goes on any more.
    private static boolean isWorthAsking(Standing before, Standing now, String key) {
        Pending was = before.pending();
        Pending is = now.pending();
        return now.stopped() != null
                || was == null
                || is == null
                || is.position() != was.position()
                || (is.upToKey().compareTo(key) >= 0 && was.upToKey().compareTo(key) < 0);
    }

    private Standing await(
            String projection, Function<Reach, Standing> part, long position, Duration timeout)
            throws InterruptedException {
        return await(projection, part, standing -> standing.settles(position), timeout);
    }

    private Standing await(
            String projection,
            Function<Reach, Standing> part,
            Predicate<Standing> enough,
            Duration timeout)
            throws InterruptedException {
        return part.apply(
                of(
                        projection,
                        reached.await(
                                all -> enough.test(part.apply(of(projection, all))), timeout)));
    }

    private static WaitOutcome held(long position, @Nullable String stopped) {
        return stopped == null
                ? new TimedOut(position)
                : new Stalled(position, Cause.STOPPED, stopped);
    }

    private static WaitOutcome outcome(Standing standing, long position) {
        return standing.position() >= position
                ? new Reached(standing.position())
                : held(standing.position(), standing.stopped());
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
            SELECT projection, generation, partitions, partition, c.position,
              CASE WHEN attempts >= ? THEN error END,
              EXISTS (SELECT FROM twofold.parked_event e
                WHERE e.projection = c.projection AND e.generation = c.generation
                  AND e.partition = c.partition),
              f.position, f.after_key
            FROM twofold.checkpoint c JOIN twofold.projection USING (projection, generation)
            LEFT JOIN LATERAL (
              SELECT f.position, f.after_key FROM twofold.fan_out f
              WHERE f.projection = c.projection AND f.generation = c.generation
                AND f.partition = c.partition
              ORDER BY f.position LIMIT 1
            ) AS f ON true
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
                    Reach.of(
                            partition,
                            new Standing(
                                    row.getLong(5),
                                    row.getString(6),
                                    row.getBoolean(7),
                                    row.getString(9) == null
                                            ? null
                                            : new Pending(row.getLong(8), row.getString(9)))),
                    Reach::orNewer);
        }
        return all;
    }

    private static final String PENDING =
            """
            SELECT min(f.position)
            FROM twofold.projection p JOIN twofold.fan_out f USING (projection, generation)
            JOIN "${table}" d ON d.position < f.position AND d.refs && f.names
            WHERE p.projection = ? AND p.role = 'serving' AND f.partition = ? % p.partitions
              AND d.key = ? AND f.position <= ?
            """;

    /// The first event up to a position that is pending for a document.
    private OptionalLong pending(String projection, String key, long position) {
        String pending = DocumentTable.on(TableName.of(projection), PENDING);
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(pending)) {
            statement.setString(1, projection);
            statement.setLong(2, Partition.hash(key));
            statement.setString(3, key);
            statement.setLong(4, position);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                long found = row.getLong(1);
                return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(found);
            }
        } catch (SQLException e) {
            throw new EventStoreException(
                    "what is pending in \"%s\" is out of reach".formatted(projection), e);
        }
    }

    private static final String STATUS =
            """
            SELECT projection, generation, revision, role, partition, partitions, position, error,
              aside.parked, aside.retried,
              (SELECT count(*) FROM twofold.fan_out f
                WHERE f.projection = c.projection AND f.generation = c.generation
                  AND f.partition = c.partition),
              node, batch, rate * exp(-greatest(0, extract(epoch FROM now() - updated_at)) / 10)::float8,
              updated_at, now(), fingerprint
            FROM twofold.checkpoint c JOIN twofold.projection USING (projection, generation)
            CROSS JOIN LATERAL (
              SELECT count(*) FILTER (WHERE r.key IS NULL) AS parked, count(r.key) AS retried
              FROM twofold.parked_event e
              LEFT JOIN twofold.retried_document r USING (projection, generation, partition, view, key)
              WHERE e.projection = c.projection AND e.generation = c.generation
                AND e.partition = c.partition
            ) AS aside
            ORDER BY projection, generation, partition
            """;

    /// @param others tells by name, revision and fingerprint whether a generation was begun by
    ///   another program than this
    List<PartitionStatus> status(long head, Others others) {
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
                                row.getDouble(14),
                                row.getInt(13),
                                row.getLong(9),
                                row.getLong(10),
                                row.getLong(11),
                                others.isOther(row.getString(1), row.getInt(3), row.getString(17)),
                                row.getString(12),
                                row.getString(8),
                                row.getTimestamp(15).toInstant(),
                                row.getTimestamp(16).toInstant()));
            }
            return all;
        } catch (SQLException e) {
            throw new EventStoreException("the projections are out of reach", e);
        }
    }

    interface Others {
        boolean isOther(String projection, int revision, String fingerprint);
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
                WHERE e.projection = p.projection AND e.generation = p.generation
                  AND (e.projection, e.generation, e.partition, e.view, e.key) NOT IN (
                    SELECT projection, generation, partition, view, key FROM twofold.retried_document)),
              created_at, max(updated_at), clock_timestamp(),
              min(rate * exp(-greatest(0, extract(epoch FROM now() - updated_at)) / 10)::float8), pace
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
                                row.getDouble(11),
                                row.getInt(12)));
            }
            return all;
        } catch (SQLException e) {
            throw new EventStoreException("the projections are out of reach", e);
        }
    }
}
