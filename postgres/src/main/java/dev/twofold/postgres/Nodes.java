package dev.twofold.postgres;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;

/// The nodes that keep projections up to date, and the share of each in the work.
///
/// Each says now and then that it is there. All see the same list, and deal the partitions out in
/// turn, so that everyone knows whose turn it is with none who decides. That spares useless work
/// and no more: two may think that it is theirs, and the checkpoint's lock then tells.
record Nodes(DataSource dataSource, String node, List<String> projections) {

    /// A name for this node that no other has.
    static String newName() {
        byte[] random = new byte[2];
        ThreadLocalRandom.current().nextBytes(random);
        return "%s-%d-%s"
                .formatted(host(), ProcessHandle.current().pid(), HexFormat.of().formatHex(random));
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    private static final String SAY =
            """
            INSERT INTO twofold.node (node, projections) VALUES (?, ?)
            ON CONFLICT (node) DO UPDATE SET
              projections = excluded.projections, seen_at = clock_timestamp()
            """;
    private static final String LIST =
            """
            SELECT node, projections FROM twofold.node
            WHERE seen_at > clock_timestamp() - interval '3 s' ORDER BY node
            """;

    /// Says that this node is there, and tells which ones are.
    Shares heartbeat() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement say = connection.prepareStatement(SAY);
                PreparedStatement list = connection.prepareStatement(LIST)) {
            say.setString(1, node);
            say.setArray(2, connection.createArrayOf("text", projections.toArray()));
            say.executeUpdate();
            List<Shares.Node> present = new ArrayList<>();
            try (ResultSet row = list.executeQuery()) {
                while (row.next()) {
                    List<String> theirs = List.of((String[]) row.getArray(2).getArray());
                    present.add(new Shares.Node(row.getString(1), theirs));
                }
            }
            return new Shares(node, present);
        }
    }

    private static final String LEAVE =
            """
            DELETE FROM twofold.node WHERE node = ? OR seen_at < clock_timestamp() - interval '1 h'
            """;

    /// Says that this node goes, so that nobody waits for it.
    void leave() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(LEAVE)) {
            statement.setString(1, node);
            statement.executeUpdate();
        }
    }
}
