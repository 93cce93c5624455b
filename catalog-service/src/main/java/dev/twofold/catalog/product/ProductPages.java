package dev.twofold.catalog.product;

import dev.twofold.EventStoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/// All product pages in the order of their ids, a chunk at a time.
///
/// Between chunks no connection is held. Each page is as it was when its chunk was read. Safe for
/// use by many threads.
public final class ProductPages {
    private static final int CHUNK = 500;
    private static final String AFTER =
            """
            SELECT key, document::text FROM product_page WHERE key > ? ORDER BY key LIMIT ?
            """;

    private final DataSource dataSource;

    ProductPages(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /// A page as JSON.
    public record Page(String id, String json) {}

    /// The pages that follow the one with the id; none after the last.
    ///
    /// @param id an empty one for the first pages
    /// @throws EventStoreException if the database is out of reach
    public List<Page> after(String id) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(AFTER)) {
            statement.setString(1, id);
            statement.setInt(2, CHUNK);
            try (ResultSet row = statement.executeQuery()) {
                List<Page> pages = new ArrayList<>(CHUNK);
                while (row.next()) {
                    pages.add(new Page(row.getString(1), row.getString(2)));
                }
                return pages;
            }
        } catch (SQLException e) {
            throw new EventStoreException("the export of products is out of reach", e);
        }
    }
}
