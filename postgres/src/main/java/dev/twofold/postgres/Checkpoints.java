package dev.twofold.postgres;

import dev.twofold.EventStoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/// What this process knows of how far projections have come, and those who wait for it.
///
/// One poll serves all who wait, whatever they wait for. Safe for use by many threads.
final class Checkpoints {
    private final DataSource dataSource;
    private final int attempts;
    private final Watch<Map<String, Reach>> reached =
            new Watch<>("checkpoints", Map.of(), this::read, Checkpoints::newer);

    /// @param attempts at an event after which a projection has stopped
    Checkpoints(DataSource dataSource, int attempts) {
        this.dataSource = dataSource;
        this.attempts = attempts;
    }

    void signal(String projection, Reach reach) {
        reached.signal(Map.of(projection, reach));
    }

    /// @throws InterruptedException if the thread is interrupted before or while it waits
    WaitOutcome await(String projection, long position, Duration timeout)
            throws InterruptedException {
        Reach reach =
                of(
                        projection,
                        reached.await(all -> settled(of(projection, all), position), timeout));
        if (reach.position() >= position) {
            return new WaitOutcome.Reached(reach.position());
        }
        String stopped = reach.stopped();
        return stopped == null
                ? new WaitOutcome.TimedOut(reach.position())
                : new WaitOutcome.Stalled(reach.position(), stopped);
    }

    private static boolean settled(Reach reach, long position) {
        return reach.position() >= position || reach.stopped() != null;
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
            SELECT projection, generation, min(position), min(error) FILTER (WHERE attempts >= ?)
            FROM twofold.checkpoint JOIN twofold.projection USING (projection, generation)
            WHERE role = 'serving' GROUP BY projection, generation
            """;

    private Map<String, Reach> read() {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(READ)) {
            statement.setInt(1, attempts);
            Map<String, Reach> all = new HashMap<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    Reach reach = new Reach(rows.getInt(2), rows.getLong(3), rows.getString(4));
                    all.put(rows.getString(1), reach);
                }
            }
            return all;
        } catch (SQLException e) {
            throw new EventStoreException("the checkpoints of projections are out of reach", e);
        }
    }

    private static final String LIST =
            """
            SELECT projection, generation, revision, role, min(position), min(error),
              (SELECT count(*) FROM twofold.parked_event e
                WHERE e.projection = p.projection AND e.generation = p.generation),
              created_at, max(updated_at), clock_timestamp()
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
                                row.getTimestamp(10).toInstant()));
            }
            return all;
        } catch (SQLException e) {
            throw new EventStoreException("the projections are out of reach", e);
        }
    }
}
