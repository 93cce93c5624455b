package dev.twofold.catalog.brand;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// All brands by name, page by page.
final class BrandListing {
    private BrandListing() {}

    private static final String AFTER =
            """
            SELECT id, name, version FROM catalog.brand
            WHERE (name, id) > (?, ?) ORDER BY name, id LIMIT ?
            """;

    record Item(String brandId, String name, long version) {
        String id() {
            return brandId;
        }
    }

    static List<Item> after(Connection connection, String name, String id, int limit)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(AFTER)) {
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
        }
    }
}
