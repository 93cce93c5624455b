package dev.twofold.catalog.category;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All categories by name, page by page.
final class CategoryListing {
    private CategoryListing() {}

    private static final String AFTER =
            """
            SELECT id, parent_id, name, version FROM catalog.category
            WHERE (name, id) > (?, ?) ORDER BY name, id LIMIT ?
            """;

    record Item(String categoryId, @Nullable String parentId, String name, long version) {
        String id() {
            return categoryId;
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
                    items.add(
                            new Item(
                                    row.getString(1),
                                    row.getString(2),
                                    row.getString(3),
                                    row.getLong(4)));
                }
                return items;
            }
        }
    }
}
