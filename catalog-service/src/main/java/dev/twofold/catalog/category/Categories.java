package dev.twofold.catalog.category;

import dev.twofold.CommandHandler;
import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.Interceptor;
import dev.twofold.Metadata;
import dev.twofold.catalog.CatalogTables;
import dev.twofold.catalog.CatalogTables.Verdict;
import dev.twofold.catalog.CatalogTables.Verdict.Changed;
import dev.twofold.catalog.CatalogTables.Verdict.TurnedDown;
import dev.twofold.catalog.Once;
import dev.twofold.catalog.TextRule;
import dev.twofold.catalog.category.CategoryCommand.CreateCategory;
import dev.twofold.catalog.category.CategoryCommand.RenameCategory;
import dev.twofold.catalog.category.CategoryEvent.CategoryCreated;
import dev.twofold.catalog.category.CategoryEvent.CategoryRenamed;
import dev.twofold.catalog.category.CategoryRefusal.IdTaken;
import dev.twofold.catalog.category.CategoryRefusal.InvalidValue;
import dev.twofold.catalog.category.CategoryRefusal.NameTaken;
import dev.twofold.catalog.category.CategoryRefusal.OtherVersion;
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
import java.util.function.LongPredicate;
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
            SELECT id, parent_id, name, alias, version FROM catalog.category
            """;
    private static final String BY_ID =
            """
            SELECT id, parent_id, name, alias, version FROM catalog.category WHERE id = ?
            """;
    private static final String BY_ID_LOCKED =
            """
            SELECT id, parent_id, name, alias, version FROM catalog.category WHERE id = ? FOR NO KEY UPDATE
            """;
    private static final String INSERT =
            """
            INSERT INTO catalog.category (id, parent_id, name, alias) VALUES (?, ?, ?, ?)
            """;
    private static final String RENAME =
            """
            UPDATE catalog.category SET name = ?, version = version + 1 WHERE id = ?
            """;

    private static final int MAX_KNOWN = 100_000;

    private final CatalogTables tables;
    private final Interceptor around;
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    /// @param around every command
    public Categories(CatalogTables tables, Interceptor around) {
        this.tables = tables;
        this.around = around;
    }

    @Override
    public CommandOutcome<Category, CategoryRefusal> handle(
            CategoryCommand command, Metadata metadata) {
        return handle(command, metadata, version -> true, null);
    }

    /// Carries a command out for a caller who may have seen the category.
    ///
    /// @param expected which versions of the category the caller will have changed
    /// @param once null if the command may be done as often as it is sent
    CommandOutcome<Category, CategoryRefusal> handle(
            CategoryCommand command,
            Metadata metadata,
            LongPredicate expected,
            @Nullable Once<CategoryRefusal> once) {
        return around.<CategoryCommand, Category, CategoryRefusal>around(
                        (change, traced) -> carryOut(change, traced, expected, once))
                .handle(command, metadata);
    }

    private CommandOutcome<Category, CategoryRefusal> carryOut(
            CategoryCommand command,
            Metadata metadata,
            LongPredicate expected,
            @Nullable Once<CategoryRefusal> once) {
        Optional<CategoryRefusal> fault = check(command);
        return fault.isPresent()
                ? new Refused<>(fault.get(), 0)
                : tables.handle(
                        connection ->
                                switch (command) {
                                    case CreateCategory create -> create(connection, create);
                                    case RenameCategory rename ->
                                            rename(connection, rename, expected);
                                },
                        metadata,
                        once);
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
        return tables.read(connection -> find(connection, id));
    }

    /// The same by a connection to any server that has the tables.
    static Optional<Category> find(Connection connection, String id) throws SQLException {
        return ID.fault(id).isPresent() ? Optional.empty() : find(connection, BY_ID, id);
    }

    /// The ids of the categories that were created under these names or, where none was, have them
    /// now, from the top down; those of others are left out.
    public Map<List<String>, String> ids(Collection<List<String>> paths) {
        return paths.isEmpty() ? Map.of() : tables.read(connection -> ids(connection, paths));
    }

    /// The same by a connection to any server that has the tables.
    public static Map<List<String>, String> ids(
            Connection connection, Collection<List<String>> paths) throws SQLException {
        if (paths.isEmpty()) {
            return Map.of();
        }
        CategoryTree tree = tree(connection);
        Map<List<String>, String> ids = new HashMap<>();
        for (List<String> path : paths) {
            tree.find(path).ifPresent(id -> ids.put(path, id));
        }
        return ids;
    }

    /// The ids of the categories with these names, as [#ids] finds them, each created now if there
    /// is none, with those above it.
    ///
    /// @param paths at most 100, each of at most 10 names fit to be one
    public Map<List<String>, String> ensure(Collection<List<String>> paths, Metadata metadata) {
        Map<List<String>, String> known = ids(paths);
        return known.keySet().containsAll(paths)
                ? known
                : tables.write(connection -> createMissing(connection, paths, metadata));
    }

    private static Verdict<Category, CategoryRefusal> create(
            Connection connection, CreateCategory command) throws SQLException {
        lock(connection);
        CategoryTree tree = tree(connection);
        String parentId = command.parentId();
        if (parentId != null && !tree.contains(parentId)) {
            return new TurnedDown<>(new UnknownParent(parentId));
        }
        Optional<String> holder = tree.find(parentId, command.name());
        if (holder.isPresent()) {
            return new TurnedDown<>(new NameTaken(command.name(), holder.get()));
        }
        String id = command.categoryId();
        if (id != null && tree.contains(id)) {
            return new TurnedDown<>(new IdTaken(id));
        }
        CategoryCreated created =
                id == null
                        ? tree.add(parentId, command.name())
                        : new CategoryCreated(id, parentId, command.name());
        insert(connection, List.of(created));
        return new Changed<>(
                new Category(created.categoryId(), parentId, command.name(), command.name(), 1),
                created.categoryId(),
                List.of(created));
    }

    private static Verdict<Category, CategoryRefusal> rename(
            Connection connection, RenameCategory command, LongPredicate expected)
            throws SQLException {
        Optional<Category> found = find(connection, BY_ID_LOCKED, command.categoryId());
        if (found.isEmpty()) {
            return new TurnedDown<>(new UnknownCategory(command.categoryId()));
        }
        Category category = found.get();
        if (!expected.test(category.version())) {
            return new TurnedDown<>(new OtherVersion(category.id(), category.version()));
        }
        if (category.name().equals(command.name())) {
            return new Changed<>(category, category.id(), List.of());
        }
        try (PreparedStatement statement = connection.prepareStatement(RENAME)) {
            statement.setString(1, command.name());
            statement.setString(2, category.id());
            statement.executeUpdate();
        }
        return new Changed<>(
                new Category(
                        category.id(),
                        category.parentId(),
                        command.name(),
                        category.alias(),
                        category.version() + 1),
                category.id(),
                List.of(new CategoryRenamed(category.id(), command.name())));
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
                Optional<String> known = tree.named(parentId, name);
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
        return new Category(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getLong(5));
    }

    private static Optional<CategoryRefusal> check(CategoryCommand command) {
        return switch (command) {
            case CreateCategory(var id, var parentId, var name) ->
                    check("categoryId", id, ID)
                            .or(() -> check("parentId", parentId, ID))
                            .or(() -> check("name", name, NAME));
            case RenameCategory(var id, var name) ->
                    check("categoryId", id, ID).or(() -> check("name", name, NAME));
        };
    }

    private static Optional<CategoryRefusal> check(
            String field, @Nullable String value, TextRule rule) {
        return value == null
                ? Optional.empty()
                : rule.fault(value).map(fault -> new InvalidValue(field, value, fault));
    }
}
