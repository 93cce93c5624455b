package dev.twofold.catalog.product;

import dev.twofold.Metadata;
import dev.twofold.QueryHandler;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The tree of categories by name, with the number of products in and below each. Safe for use by
/// many threads.
final class CountedCategories
        implements QueryHandler<ShowCategoryTree, TableAnswer<List<CountedCategories.Node>>> {
    private static final String ALL =
            """
            SELECT c.id, c.parent_id, c.name, coalesce(n.products, 0), coalesce(n.in_stock, 0)
            FROM catalog.category c LEFT JOIN category_count n ON n.category_id = c.id
            ORDER BY c.name, c.id
            """;

    private final TableReader reader;

    /// @param reader of the counts
    CountedCategories(TableReader reader) {
        this.reader = reader;
    }

    @Override
    public TableAnswer<List<Node>> answer(ShowCategoryTree query, Metadata metadata) {
        return reader.read(query.notBefore(), CountedCategories::tree);
    }

    /// A category and what is below it.
    ///
    /// @param products those in it and below it that can be bought
    /// @param inStock those of them that are in stock
    record Node(String categoryId, String name, int products, int inStock, List<Node> children) {
        Node {
            children = List.copyOf(children);
        }
    }

    private record Row(String id, String name, int products, int inStock) {}

    /// The categories at the top.
    private static List<Node> tree(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ALL);
                ResultSet row = statement.executeQuery()) {
            Map<@Nullable String, List<Row>> byParent = new HashMap<>();
            while (row.next()) {
                byParent.computeIfAbsent(row.getString(2), _ -> new ArrayList<>())
                        .add(
                                new Row(
                                        row.getString(1),
                                        row.getString(3),
                                        row.getInt(4),
                                        row.getInt(5)));
            }
            return nodes(null, byParent);
        }
    }

    private static List<Node> nodes(
            @Nullable String parentId, Map<@Nullable String, List<Row>> byParent) {
        List<Node> nodes = new ArrayList<>();
        for (Row row : byParent.getOrDefault(parentId, List.of())) {
            List<Node> children = nodes(row.id, byParent);
            nodes.add(
                    new Node(
                            row.id,
                            row.name,
                            row.products + children.stream().mapToInt(Node::products).sum(),
                            row.inStock + children.stream().mapToInt(Node::inStock).sum(),
                            children));
        }
        return nodes;
    }
}
