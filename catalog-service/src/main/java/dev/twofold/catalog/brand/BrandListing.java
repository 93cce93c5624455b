package dev.twofold.catalog.brand;

import dev.twofold.EventStoreException;
import dev.twofold.catalog.QueryConnections;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/// All brands by name, page by page. Safe for use by many threads.
final class BrandListing {
    private static final String AFTER =
            """
            SELECT id, name, version FROM catalog.brand
            WHERE (name, id) > (?, ?) ORDER BY name, id LIMIT ?
            """;

    private final DataSource dataSource;

    BrandListing(QueryConnections queries) {
        this.dataSource = queries.dataSource();
    }

    record Item(String brandId, String name, long version) {
        String id() {
            return brandId;
        }
    }

    /// @throws EventStoreException if the database is out of reach
    List<Item> after(String name, String id, int limit) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(AFTER)) {
            statement.setString(1, name);
            statement.setString(2, id);
            statement.setInt(3, limit);
            try (ResultSet row = statement.executeQuery()) {
                List<Item> items = new ArrayList<>();
                while (row.next()) {
                    items.add(new Item(row.getString(1), row.getString(2), row.getLong(3)));
                }
                return items;
            }
        } catch (SQLException e) {
            throw new EventStoreException("the listing of brands is out of reach", e);
        }
    }
}
