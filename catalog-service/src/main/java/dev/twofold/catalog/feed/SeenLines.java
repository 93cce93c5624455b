package dev.twofold.catalog.feed;

import dev.twofold.EventStoreException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;

/// Which products a feed has stated so far, and on which line: kept in a temporary table, as a feed
/// may be larger than memory.
///
/// Holds a connection until it is closed. Not safe for use by many threads.
final class SeenLines implements AutoCloseable {
    private static final String CREATE =
            """
            CREATE TEMPORARY TABLE feed_line (
              sku text PRIMARY KEY,
              line bigint NOT NULL,
              content uuid NOT NULL
            )
            """;
    private static final String INSERT =
            """
            INSERT INTO feed_line (sku, line, content)
            SELECT sku, line, content
            FROM unnest(?::text[], ?::bigint[], ?::uuid[]) AS item (sku, line, content)
            ON CONFLICT DO NOTHING
            """;
    private static final String BY_SKUS =
            """
            SELECT sku, line, content FROM feed_line WHERE sku = ANY (?)
            """;
    private static final String DROP =
            """
            DROP TABLE feed_line
            """;

    private final Connection connection;

    SeenLines(DataSource dataSource) {
        try {
            this.connection = dataSource.getConnection();
            execute(CREATE);
        } catch (SQLException e) {
            throw outOfReach(e);
        }
    }

    /// The first line that stated a product, and a digest of what it stated.
    record First(long line, UUID content) {}

    /// The first lines of the items' products, by SKU, these items included.
    Map<String, First> add(List<FeedItem> items) {
        try {
            insert(items);
            return firsts(items);
        } catch (SQLException e) {
            throw outOfReach(e);
        }
    }

    /// A digest of all that the line states.
    static UUID content(FeedItem item) {
        String content = "%s %s %s".formatted(item.details(), item.brand(), item.category());
        return UUID.nameUUIDFromBytes(content.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        try (connection) {
            execute(DROP);
        } catch (SQLException e) {
            throw outOfReach(e);
        }
    }

    private void insert(List<FeedItem> items) throws SQLException {
        Object[] skus = items.stream().map(FeedItem::sku).toArray();
        Object[] lines = items.stream().map(FeedItem::line).toArray();
        Object[] contents = items.stream().map(SeenLines::content).toArray();
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setArray(1, connection.createArrayOf("text", skus));
            statement.setArray(2, connection.createArrayOf("bigint", lines));
            statement.setArray(3, connection.createArrayOf("uuid", contents));
            statement.executeUpdate();
        }
    }

    private Map<String, First> firsts(List<FeedItem> items) throws SQLException {
        Object[] skus = items.stream().map(FeedItem::sku).toArray();
        try (PreparedStatement statement = connection.prepareStatement(BY_SKUS)) {
            statement.setArray(1, connection.createArrayOf("text", skus));
            Map<String, First> firsts = HashMap.newHashMap(items.size());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    firsts.put(
                            rows.getString(1),
                            new First(rows.getLong(2), rows.getObject(3, UUID.class)));
                }
            }
            return firsts;
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static EventStoreException outOfReach(SQLException e) {
        return new EventStoreException(
                "the lines of the feed could not be compared; check the database and try again", e);
    }
}
