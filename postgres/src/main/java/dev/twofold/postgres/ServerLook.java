package dev.twofold.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.sql.DataSource;

/// How a server is, primary or replica.
///
/// @param system identifier that it has in common with its replicas and with no other server
/// @param origin the log's epoch and lineage
/// @param position of the last event
/// @param wal bytes of the write-ahead log that are written, or replayed
record ServerLook(
        boolean recovering,
        long system,
        String origin,
        long position,
        long wal,
        boolean streaming,
        boolean paused) {

    /// Everybody may ask this; of the sender they only learn that there is one.
    private static final String LOOK =
            """
            SELECT r.recovering, (SELECT system_identifier FROM pg_control_system()),
              l.epoch || array_to_string(l.lineage, ''),
              coalesce((SELECT max(position) FROM twofold.event), 0),
              pg_wal_lsn_diff(CASE WHEN r.recovering THEN pg_last_wal_replay_lsn()
                ELSE pg_current_wal_lsn() END, '0/0')::bigint,
              EXISTS (SELECT FROM pg_stat_wal_receiver),
              CASE WHEN r.recovering THEN pg_get_wal_replay_pause_state() <> 'not paused'
                ELSE false END
            FROM twofold.log l, (SELECT pg_is_in_recovery() AS recovering OFFSET 0) r
            """;

    static ServerLook at(DataSource server) throws SQLException {
        try (Connection connection = server.getConnection();
                PreparedStatement statement = connection.prepareStatement(LOOK);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return new ServerLook(
                    row.getBoolean(1),
                    row.getLong(2),
                    row.getString(3),
                    row.getLong(4),
                    row.getLong(5),
                    row.getBoolean(6),
                    row.getBoolean(7));
        }
    }
}
