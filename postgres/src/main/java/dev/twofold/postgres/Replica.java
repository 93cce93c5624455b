package dev.twofold.postgres;

import dev.twofold.postgres.ReplicaStatus.State;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import javax.sql.DataSource;

/// One replica as this process knows it. Safe for use by many threads.
final class Replica {
    private static final System.Logger LOG = System.getLogger(Replica.class.getName());

    /// SQLSTATEs of a replica that is yet to replay that the table or column is made.
    private static final Set<String> NOT_THERE_YET = Set.of("42P01", "42703", "3F000");

    /// SQLSTATEs of a query that was ended because replay went on, or by a timeout of its own.
    private static final Set<String> CANCELLED = Set.of("40001", "40P01", "57014");

    private final String name;
    private final DataSource server;
    private final ReplicaLimits limits;
    private final LongAdder answered = new LongAdder();
    private final LongAdder behind = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private volatile Standing standing = new Standing(State.UNKNOWN, "it was not looked at yet");
    private volatile ServerLook look = new ServerLook(true, 0, "", 0, 0, false, false);
    private volatile Duration lagTime = Duration.ZERO;
    private volatile long lagBytes;
    private volatile long lag;
    private volatile long heardAt;

    private record Standing(State state, String reason) {}

    Replica(String name, DataSource server, ReplicaLimits limits) {
        this.name = name;
        this.server = server;
        this.limits = limits;
    }

    String name() {
        return name;
    }

    Connection connect() throws SQLException {
        return server.getConnection();
    }

    /// Whether to read from it.
    boolean isUsable() {
        return standing.state == State.FOLLOWING && !isSilent();
    }

    private boolean isSilent() {
        return System.nanoTime() - heardAt > limits.silence().toNanos();
    }

    /// Looks at it, and decides whether to read from it.
    void look(Primary primary) {
        ServerLook seen;
        try {
            seen = ServerLook.at(server);
        } catch (SQLException e) {
            turn(
                    NOT_THERE_YET.contains(String.valueOf(e.getSQLState()))
                            ? new Standing(
                                    State.LAGGING, "it has not replayed the log's schema yet")
                            : outOfReach(e));
            return;
        }
        look = seen;
        lagTime = primary.sinceBeyond(seen.wal());
        lagBytes = Math.max(0, primary.written() - seen.wal());
        lag = Math.max(0, primary.position() - seen.position());
        heardAt = System.nanoTime();
        turn(judge(seen, primary));
    }

    private Standing judge(ServerLook seen, Primary primary) {
        if (primary.origin().isEmpty()) {
            return new Standing(
                    State.UNKNOWN, "the primary has not told yet whose replicas to read");
        }
        if (!seen.recovering()) {
            return new Standing(
                    State.FOREIGN,
                    "it is no replica, or was promoted; make it one of the primary anew, or leave"
                            + " it out");
        }
        if (seen.system() != primary.system()) {
            return new Standing(State.FOREIGN, "it is a replica of another server's");
        }
        if (!seen.origin().equals(primary.origin())) {
            return new Standing(
                    State.FOREIGN,
                    "its log is not, or not yet, the primary's: it follows another server, such as"
                            + " one that was promoted, or has not replayed a change of primary");
        }
        if (lagTime.compareTo(limits.maxLag()) > 0) {
            return new Standing(
                    State.LAGGING,
                    "it is %d seconds behind, more than %d%s"
                            .formatted(
                                    lagTime.toSeconds(),
                                    limits.maxLag().toSeconds(),
                                    seen.paused()
                                            ? ", as its replay is paused"
                                            : seen.streaming()
                                                    ? ""
                                                    : ", as it is connected to no primary"));
        }
        return new Standing(State.FOLLOWING, "");
    }

    private static Standing outOfReach(SQLException e) {
        return new Standing(State.OUT_OF_REACH, "it does not answer: " + e.getMessage());
    }

    private void turn(Standing next) {
        Standing before = standing;
        standing = next;
        if (before.state != next.state) {
            LOG.log(
                    next.state == State.FOLLOWING
                            ? System.Logger.Level.INFO
                            : System.Logger.Level.WARNING,
                    "replica {0} is {1}{2}",
                    name,
                    next.state.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' '),
                    next.reason.isEmpty() ? "" : ": " + next.reason);
        }
    }

    void answered() {
        answered.increment();
    }

    void behind() {
        behind.increment();
    }

    /// A read has found that it is no replica of this log: it is not read again before a look at it
    /// says otherwise.
    void refused() {
        refused.increment();
        turn(
                new Standing(
                        State.FOREIGN,
                        "a read found it to be no replica of this log, or not one any more"));
    }

    void failed(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        if (NOT_THERE_YET.contains(state)) {
            behind.increment();
            return;
        }
        failed.increment();
        if (Outage.isCauseOf(e) && !CANCELLED.contains(state)) {
            turn(outOfReach(e));
        }
    }

    ReplicaStatus status() {
        Standing now = standing;
        boolean silent = now.state == State.FOLLOWING && isSilent();
        ServerLook seen = look;
        return new ReplicaStatus(
                name,
                silent ? State.OUT_OF_REACH : now.state,
                silent
                        ? "nothing was heard of it for more than %d seconds"
                                .formatted(limits.silence().toSeconds())
                        : now.reason,
                seen.position(),
                lag,
                lagBytes,
                lagTime,
                seen.streaming(),
                seen.paused(),
                answered.sum(),
                behind.sum(),
                failed.sum(),
                refused.sum());
    }
}
