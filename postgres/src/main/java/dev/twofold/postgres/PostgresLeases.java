package dev.twofold.postgres;

import dev.twofold.Lease;
import dev.twofold.Leases;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Optional;
import javax.sql.DataSource;

/// Leases in the database of a log, by the database's clock. Safe for use by many threads.
public final class PostgresLeases implements Leases {
    private static final String TAKE =
            """
            INSERT INTO twofold.lease AS l (name, holder, term, position, until)
            VALUES (?, ?, 1, 0, clock_timestamp() + make_interval(secs => ?))
            ON CONFLICT (name) DO UPDATE
            SET holder = excluded.holder, term = l.term + 1, until = excluded.until
            WHERE l.until <= clock_timestamp() OR l.holder = excluded.holder
            RETURNING name, holder, term, position, until
            """;

    /// Does not wait for the disk: should the server forget it, the note before holds.
    private static final String KEEP =
            """
            UPDATE twofold.lease
            SET position = ?, until = clock_timestamp() + make_interval(secs => ?)
            FROM (SELECT set_config('synchronous_commit', 'off', true)) AS no_wait
            WHERE name = ? AND term = ?
            """;

    private static final String RELEASE =
            """
            UPDATE twofold.lease SET until = clock_timestamp() WHERE name = ? AND term = ?
            """;

    private static final String FIND =
            """
            SELECT name, holder, term, position, until FROM twofold.lease WHERE name = ?
            """;

    private final DataSource dataSource;

    public PostgresLeases(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    @Override
    public Optional<Lease> take(String name, String holder, Duration length) {
        return run(
                "lease \"%s\" cannot be taken".formatted(name),
                TAKE,
                statement -> {
                    statement.setString(1, name);
                    statement.setString(2, holder);
                    statement.setDouble(3, seconds(length));
                    return lease(statement);
                });
    }

    @Override
    public boolean keep(Lease lease, long position, Duration length) {
        return run(
                "lease \"%s\" cannot be kept".formatted(lease.name()),
                KEEP,
                statement -> {
                    statement.setLong(1, position);
                    statement.setDouble(2, seconds(length));
                    statement.setString(3, lease.name());
                    statement.setLong(4, lease.term());
                    return statement.executeUpdate() == 1;
                });
    }

    @Override
    public void release(Lease lease) {
        run(
                "lease \"%s\" cannot be released".formatted(lease.name()),
                RELEASE,
                statement -> {
                    statement.setString(1, lease.name());
                    statement.setLong(2, lease.term());
                    return statement.executeUpdate();
                });
    }

    @Override
    public Optional<Lease> find(String name) {
        return run(
                "lease \"%s\" cannot be looked up".formatted(name),
                FIND,
                statement -> {
                    statement.setString(1, name);
                    return lease(statement);
                });
    }

    private static Optional<Lease> lease(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            return row.next()
                    ? Optional.of(
                            new Lease(
                                    row.getString(1),
                                    row.getString(2),
                                    row.getLong(3),
                                    row.getLong(4),
                                    row.getObject(5, OffsetDateTime.class).toInstant()))
                    : Optional.empty();
        }
    }

    private static double seconds(Duration length) {
        return length.toNanos() / 1e9;
    }

    private <T> T run(String what, String sql, Call<T> call) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            return call.on(statement);
        } catch (SQLException e) {
            throw SqlFailure.diagnosis(what, e);
        }
    }

    private interface Call<T> {
        T on(PreparedStatement statement) throws SQLException;
    }
}
