package dev.twofold.postgres;

import dev.twofold.Append;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.EventStore;
import dev.twofold.postgres.AppendCall.Answer;
import dev.twofold.postgres.AppendCall.Decided;
import dev.twofold.postgres.AppendCall.Rejected;
import dev.twofold.postgres.InlineProjection.Standing;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/// Appends, and lets projections take the events in, in one transaction.
///
/// A batch is tried as a whole. If a projection throws, it is rolled back and tried by halves, down
/// to the appends that are at fault, under savepoints and in one transaction again: each of those
/// is rejected alone, whole, and its neighbours are written.
///
/// Projections that have fallen far behind, or are new, are brought to the end of the log first, in
/// transactions of their own, so that nobody waits for the log's lock meanwhile.
final class InlineProjections {
    /// The most events that others may have appended for an append to take them in along the way.
    static final int MOST_BEHIND = 1_000;

    private final List<InlineProjection<?>> all = new ArrayList<>();
    private volatile boolean begun;

    InlineProjections(DataSource dataSource, EventStore store, List<Projection<?>> projections) {
        for (Projection<?> projection : projections) {
            all.add(new InlineProjection<>(dataSource, store, projection));
        }
    }

    boolean none() {
        return all.isEmpty();
    }

    boolean has(String projection) {
        return all.stream().anyMatch(one -> one.projection().name().equals(projection));
    }

    /// Appends a batch in a transaction of the connection, which is in autocommit mode before and
    /// after.
    List<Answer> append(Connection connection, AppendCall call, List<Append> appends)
            throws SQLException {
        begin();
        while (true) {
            try {
                return transact(connection, () -> appendByHalves(connection, call, appends));
            } catch (Lagging _) {
                catchUp();
            }
        }
    }

    /// Appends in the caller's transaction, and leaves that as it was if a projection throws.
    Answer appendWithin(Connection connection, AppendCall call, Append append) throws SQLException {
        begin();
        Savepoint before = connection.setSavepoint();
        try {
            Answer answer = call.execute(List.of(append)).getFirst();
            take(connection, List.of(answer), Long.MAX_VALUE, false);
            connection.releaseSavepoint(before);
            return answer;
        } catch (Rejection e) {
            connection.rollback(before);
            return new Rejected(e.reason());
        } catch (Lagging e) {
            throw new AssertionError("nothing is too far behind here", e);
        }
    }

    /// Brings all to the end of the log.
    void catchUp() throws SQLException {
        for (InlineProjection<?> one : all) {
            one.catchUp();
        }
    }

    private void begin() throws SQLException {
        if (!begun) {
            catchUp();
            begun = true;
        }
    }

    private List<Answer> appendByHalves(
            Connection connection, AppendCall call, List<Append> appends)
            throws SQLException, Lagging {
        try {
            return appendWhole(connection, call, appends);
        } catch (Rejection e) {
            connection.rollback();
            return appends.size() == 1
                    ? List.of(new Rejected(e.reason()))
                    : halves(connection, call, appends);
        }
    }

    private List<Answer> halves(Connection connection, AppendCall call, List<Append> appends)
            throws SQLException, Lagging {
        int middle = appends.size() / 2;
        List<Answer> answers = new ArrayList<>(part(connection, call, appends.subList(0, middle)));
        answers.addAll(part(connection, call, appends.subList(middle, appends.size())));
        return answers;
    }

    private List<Answer> part(Connection connection, AppendCall call, List<Append> appends)
            throws SQLException, Lagging {
        Savepoint before = connection.setSavepoint();
        try {
            List<Answer> answers = appendWhole(connection, call, appends);
            connection.releaseSavepoint(before);
            return answers;
        } catch (Rejection e) {
            connection.rollback(before);
            connection.releaseSavepoint(before);
            return appends.size() == 1
                    ? List.of(new Rejected(e.reason()))
                    : halves(connection, call, appends);
        }
    }

    private List<Answer> appendWhole(Connection connection, AppendCall call, List<Append> appends)
            throws SQLException, Rejection, Lagging {
        List<Answer> answers;
        try {
            answers = call.execute(appends);
        } catch (SQLException e) {
            if (SqlFailure.of(e) == SqlFailure.REFUSED) {
                throw new Rejection(SqlFailure.refusal(e));
            }
            throw e;
        }
        int events = appends.stream().mapToInt(append -> append.events().size()).sum();
        take(connection, answers, events + MOST_BEHIND, true);
        return answers;
    }

    private void take(Connection connection, List<Answer> answers, long most, boolean check)
            throws SQLException, Rejection, Lagging {
        long last = 0;
        for (Answer answer : answers) {
            if (answer instanceof Decided(Appended(_, long position))) {
                last = Math.max(last, position);
            }
        }
        for (InlineProjection<?> one : all) {
            take(connection, one, last, most, check);
        }
    }

    private static void take(
            Connection connection, InlineProjection<?> one, long upTo, long most, boolean check)
            throws SQLException, Rejection, Lagging {
        if (upTo == 0) {
            return;
        }
        Optional<Standing> standing = one.lock(connection);
        if (standing.isPresent() && standing.get().anyPending()) {
            if (most < Long.MAX_VALUE) {
                throw new Lagging();
            }
            throw new Rejection(
                    new RejectedAppendException(
                            one.projection().name(),
                            new IllegalStateException(
                                    "another process, which does not keep it within appends, is"
                                            + " folding an event into many documents; try again")));
        }
        if (standing.isEmpty() || standing.get().position() >= upTo) {
            return;
        }
        if (upTo - standing.get().position() > most) {
            throw new Lagging();
        }
        String name = one.projection().name();
        try {
            one.take(connection, standing.get(), upTo, check);
        } catch (EventFailure e) {
            throw new Rejection(new RejectedAppendException(name, cause(e)));
        } catch (SQLException | RuntimeException e) {
            if (Outage.isCauseOf(e)) {
                throw e;
            }
            throw new Rejection(new RejectedAppendException(name, e));
        }
    }

    private static Exception cause(EventFailure failure) {
        return failure.getCause() instanceof Exception cause ? cause : failure;
    }

    private static List<Answer> transact(Connection connection, Work work)
            throws SQLException, Lagging {
        connection.setAutoCommit(false);
        try {
            List<Answer> answers = work.run();
            connection.commit();
            connection.setAutoCommit(true);
            return answers;
        } catch (SQLException | RuntimeException | Lagging e) {
            rollBack(connection, e);
            throw e;
        }
    }

    private static void rollBack(Connection connection, Exception cause) {
        try {
            connection.rollback();
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    private interface Work {
        List<Answer> run() throws SQLException, Lagging;
    }

    /// A projection, or the database, does not take an append.
    private static final class Rejection extends Exception {
        private static final long serialVersionUID = 1L;

        private final RuntimeException reason;

        Rejection(RuntimeException reason) {
            super(reason);
            this.reason = reason;
        }

        RuntimeException reason() {
            return reason;
        }
    }

    /// A projection is too far behind the end of the log to take the rest in under its lock.
    private static final class Lagging extends Exception {
        private static final long serialVersionUID = 1L;
    }
}
