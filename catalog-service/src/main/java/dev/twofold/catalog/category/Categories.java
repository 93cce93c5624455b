package dev.twofold.catalog.category;

import dev.twofold.CommandHandler;
import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.Metadata;
import dev.twofold.catalog.CatalogTables;
import dev.twofold.catalog.TextRule;
import dev.twofold.catalog.category.CategoryCommand.CreateCategory;
import dev.twofold.catalog.category.CategoryCommand.RenameCategory;
import dev.twofold.catalog.category.CategoryEvent.CategoryCreated;
import dev.twofold.catalog.category.CategoryEvent.CategoryRenamed;
import dev.twofold.catalog.category.CategoryRefusal.IdTaken;
import dev.twofold.catalog.category.CategoryRefusal.InvalidValue;
import dev.twofold.catalog.category.CategoryRefusal.NameTaken;
import dev.twofold.catalog.category.CategoryRefusal.UnknownCategory;
import dev.twofold.catalog.category.CategoryRefusal.UnknownParent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The tree of categories as rows of a table: a command changes the row and records the event in
/// one transaction.
///
/// A category's alias, the name it was created with, is unique under its parent; its name need not
/// be. Creations wait for one another and read the whole tree. Safe for use by many threads.
public final class Categories
        implements CommandHandler<CategoryCommand, Category, CategoryRefusal> {
    private static final TextRule ID = TextRule.line(100);
    private static final TextRule NAME = TextRule.line(200);

    /// Holds back other creations until the transaction ends, so that ids and aliases can be looked
    /// up first and given out then.
    private static final String LOCK =
            """
            LOCK TABLE catalog.category IN SHARE ROW EXCLUSIVE MODE
            """;

    private static final String ALL =
            """
            SELECT id, parent_id, name, alias FROM catalog.category
            """;
    private static final String BY_ID =
            """
            SELECT id, parent_id, name, alias FROM catalog.category WHERE id = ?
            """;
    private static final String BY_ID_LOCKED =
            """
            SELECT id, parent_id, name, alias FROM catalog.category WHERE id = ? FOR NO KEY UPDATE
            """;
    private static final String INSERT =
            """
            INSERT INTO catalog.category (id, parent_id, name, alias) VALUES (?, ?, ?, ?)
            """;
    private static final String RENAME =
            """
            UPDATE catalog.category SET name = ? WHERE id = ?
            """;

    private static final int MAX_KNOWN = 100_000;

    private final CatalogTables tables;
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    public Categories(CatalogTables tables) {
        this.tables = tables;
    }

    @Override
    public CommandOutcome<Category, CategoryRefusal> handle(
            CategoryCommand command, Metadata metadata) {
        return switch (command) {
            case CreateCategory create -> create(create, metadata);
            case RenameCategory rename -> rename(rename, metadata);
        };
    }

    /// Whether the category exists; one that does is remembered, as none is ever removed.
    public boolean exists(String id) {
        if (known.contains(id)) {
            return true;
        }
        boolean exists = find(id).isPresent();
        if (exists && known.size() < MAX_KNOWN) {
            known.add(id);
        }
        return exists;
    }

    public Optional<Category> find(String id) {
        return ID.fault(id).isPresent()
                ? Optional.empty()
                : tables.read(connection -> find(connection, BY_ID, id));
    }

    /// The ids of the categories that were created under these names, from the top down; those of
    /// others are left out.
    public Map<List<String>, String> ids(Collection<List<String>> paths) {
        if (paths.isEmpty()) {
            return Map.of();
        }
        CategoryTree tree = tables.read(Categories::tree);
        Map<List<String>, String> ids = new HashMap<>();
        for (List<String> path : paths) {
            tree.find(path).ifPresent(id -> ids.put(path, id));
        }
        return ids;
    }

    /// The ids of the categories that were created under these names, from the top down, each
    /// created now if it was not before, with those above it.
    ///
    /// @param paths at most 100, each of at most 10 names fit to be one
    public Map<List<String>, String> ensure(Collection<List<String>> paths, Metadata metadata) {
        Map<List<String>, String> known = ids(paths);
        return known.keySet().containsAll(paths)
                ? known
                : tables.write(connection -> createMissing(connection, paths, metadata));
    }

    private CommandOutcome<Category, CategoryRefusal> create(
            CreateCategory command, Metadata metadata) {
        Optional<CategoryRefusal> fault =
                check("categoryId", command.categoryId(), ID)
                        .or(() -> check("parentId", command.parentId(), ID))
                        .or(() -> check("name", command.name(), NAME));
        return fault.isPresent()
                ? new Refused<>(fault.get(), 0)
                : tables.write(connection -> create(connection, command, metadata));
    }

    private CommandOutcome<Category, CategoryRefusal> create(
            Connection connection, CreateCategory command, Metadata metadata) throws SQLException {
        lock(connection);
        CategoryTree tree = tree(connection);
        String parentId = command.parentId();
        if (parentId != null && !tree.contains(parentId)) {
            return new Refused<>(new UnknownParent(parentId), 0);
        }
        Optional<String> holder = tree.find(parentId, command.name());
        if (holder.isPresent()) {
            return new Refused<>(new NameTaken(command.name(), holder.get()), 0);
        }
        String id = command.categoryId();
        if (id != null && tree.contains(id)) {
            return new Refused<>(new IdTaken(id), 0);
        }
        CategoryCreated created =
                id == null
                        ? tree.add(parentId, command.name())
                        : new CategoryCreated(id, parentId, command.name());
        insert(connection, List.of(created));
        long position = tables.record(connection, List.of(created), metadata);
        return new Accepted<>(
                new Category(created.categoryId(), parentId, command.name(), command.name()),
                position,
                1);
    }

    private CommandOutcome<Category, CategoryRefusal> rename(
            RenameCategory command, Metadata metadata) {
        Optional<CategoryRefusal> fault =
                check("categoryId", command.categoryId(), ID)
                        .or(() -> check("name", command.name(), NAME));
        if (fault.isPresent()) {
            return new Refused<>(fault.get(), 0);
        }
        CommandOutcome<Category, CategoryRefusal> outcome =
                tables.write(connection -> rename(connection, command, metadata));
        return outcome instanceof Accepted(var unchanged, _, var events) && events == 0
                ? new Accepted<>(unchanged, tables.head(), 0)
                : outcome;
    }

    private CommandOutcome<Category, CategoryRefusal> rename(
            Connection connection, RenameCategory command, Metadata metadata) throws SQLException {
        Optional<Category> found = find(connection, BY_ID_LOCKED, command.categoryId());
        if (found.isEmpty()) {
            return new Refused<>(new UnknownCategory(command.categoryId()), 0);
        }
        Category category = found.get();
        if (category.name().equals(command.name())) {
            return new Accepted<>(category, 0, 0);
        }
        try (PreparedStatement statement = connection.prepareStatement(RENAME)) {
            statement.setString(1, command.name());
            statement.setString(2, category.id());
            statement.executeUpdate();
        }
        CategoryRenamed renamed = new CategoryRenamed(category.id(), command.name());
        long position = tables.record(connection, List.of(renamed), metadata);
        return new Accepted<>(
                new Category(category.id(), category.parentId(), command.name(), category.alias()),
                position,
                1);
    }

    private Map<List<String>, String> createMissing(
            Connection connection, Collection<List<String>> paths, Metadata metadata)
            throws SQLException {
        lock(connection);
        CategoryTree tree = tree(connection);
        Map<List<String>, String> ids = new HashMap<>();
        List<CategoryCreated> created = new ArrayList<>();
        for (List<String> path : paths) {
            String id = null;
            for (String name : path) {
                String parentId = id;
                Optional<String> known = tree.find(parentId, name);
                if (known.isEmpty()) {
                    created.add(tree.add(parentId, name));
                }
                id = known.orElseGet(() -> created.getLast().categoryId());
            }
            if (id != null) {
                ids.put(path, id);
            }
        }
        if (!created.isEmpty()) {
            insert(connection, created);
            tables.record(connection, created, metadata);
        }
        return ids;
    }

    private static void lock(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
            statement.execute();
        }
    }

    /// Parents come before their children.
    private static void insert(Connection connection, List<CategoryCreated> categories)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            for (CategoryCreated category : categories) {
                statement.setString(1, category.categoryId());
                statement.setString(2, category.parentId());
                statement.setString(3, category.name());
                statement.setString(4, category.name());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private static Optional<Category> find(Connection connection, String sql, String id)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, id);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next() ? Optional.of(category(rows)) : Optional.empty();
            }
        }
    }

    private static CategoryTree tree(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ALL);
                ResultSet rows = statement.executeQuery()) {
            CategoryTree tree = new CategoryTree();
            while (rows.next()) {
                tree.add(category(rows));
            }
            return tree;
        }
    }

    private static Category category(ResultSet row) throws SQLException {
        return new Category(row.getString(1), row.getString(2), row.getString(3), row.getString(4));
    }

    private static Optional<CategoryRefusal> check(
            String field, @Nullable String value, TextRule rule) {
        return value == null
                ? Optional.empty()
                : rule.fault(value).map(fault -> new InvalidValue(field, value, fault));
    }
}
