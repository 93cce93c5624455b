package dev.twofold.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import javax.sql.DataSource;

/// Checks that a log is whole: no position is missing, versions follow on one another, tags lead to
/// their events and back, each event has the checksum it was appended with, and nothing that goes
/// with the log has seen more than it holds.
///
/// Changes nothing, and may run beside a service: it looks at the events up to the position that
/// was the last when it began.
public final class LogVerifier {
    private static final int MOST_FAULTS = 100;
    private static final long PART = 10_000;
    private static final String EVENT_FAULTS = Sql.resource("find-event-faults.sql");
    private static final String LOG_FAULTS = Sql.resource("find-log-faults.sql");

    private final DataSource dataSource;

    public LogVerifier(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /// @param progress is told the position up to which all is checked
    /// @throws dev.twofold.EventStoreException if the database is out of reach
    public LogFaults verify(LongConsumer progress) {
        try (Connection connection = dataSource.getConnection()) {
            long head = EventReads.head(connection);
            List<String> faults = new ArrayList<>();
            for (long from = 1; from <= head && faults.size() <= MOST_FAULTS; from += PART) {
                long to = Math.min(from + PART - 1, head);
                find(connection, EVENT_FAULTS, faults, from, to, from, to, MOST_FAULTS + 1);
                progress.accept(to);
            }
            if (faults.size() <= MOST_FAULTS) {
                find(connection, LOG_FAULTS, faults, head, MOST_FAULTS + 1);
            }
            return new LogFaults(
                    head,
                    faults.subList(0, Math.min(faults.size(), MOST_FAULTS)),
                    faults.size() > MOST_FAULTS);
        } catch (SQLException e) {
            throw SqlFailure.diagnosis("the log cannot be checked", e);
        }
    }

    private static void find(
            Connection connection, String sql, List<String> faults, long... parameters)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setLong(i + 1, parameters[i]);
            }
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    faults.add(rows.getString(2));
                }
            }
        }
    }
}
