package dev.twofold.catalog.brand;

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
import dev.twofold.catalog.Slug;
import dev.twofold.catalog.TextRule;
import dev.twofold.catalog.brand.BrandCommand.CreateBrand;
import dev.twofold.catalog.brand.BrandCommand.RenameBrand;
import dev.twofold.catalog.brand.BrandEvent.BrandCreated;
import dev.twofold.catalog.brand.BrandEvent.BrandRenamed;
import dev.twofold.catalog.brand.BrandRefusal.IdTaken;
import dev.twofold.catalog.brand.BrandRefusal.InvalidValue;
import dev.twofold.catalog.brand.BrandRefusal.NameTaken;
import dev.twofold.catalog.brand.BrandRefusal.OtherVersion;
import dev.twofold.catalog.brand.BrandRefusal.UnknownBrand;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/// Brands as rows of a table: a command changes the row and records the event in one transaction.
///
/// A brand's alias, the name it was created with, is unique; its name need not be. Creations wait
/// for one another. Safe for use by many threads.
public final class Brands implements CommandHandler<BrandCommand, Brand, BrandRefusal> {
    private static final TextRule ID = TextRule.line(100);
    private static final TextRule NAME = TextRule.line(200);

    /// Holds back other creations until the transaction ends, so that ids and aliases can be looked
    /// up first and given out then.
    private static final String LOCK =
            """
            LOCK TABLE catalog.brand IN SHARE ROW EXCLUSIVE MODE
            """;

    private static final String BY_ID =
            """
            SELECT id, name, alias, version FROM catalog.brand WHERE id = ?
            """;
    private static final String BY_ID_LOCKED =
            """
            SELECT id, name, alias, version FROM catalog.brand WHERE id = ? FOR NO KEY UPDATE
            """;
    private static final String IDS =
            """
            SELECT id FROM catalog.brand
            """;
    private static final String BY_ALIASES =
            """
            SELECT alias, id FROM catalog.brand WHERE alias = ANY (?)
            """;
    private static final String BY_NAMES =
            """
            SELECT name, min(id) FROM catalog.brand WHERE name = ANY (?) GROUP BY name
            """;
    private static final String INSERT =
            """
            INSERT INTO catalog.brand (id, name, alias) VALUES (?, ?, ?)
            """;
    private static final String RENAME =
            """
            UPDATE catalog.brand SET name = ?, version = version + 1 WHERE id = ?
            """;

    private static final int MAX_KNOWN = 100_000;

    private final CatalogTables tables;
    private final Interceptor around;
    private final Set<String> known = ConcurrentHashMap.newKeySet();

    /// @param around every command
    public Brands(CatalogTables tables, Interceptor around) {
        this.tables = tables;
        this.around = around;
    }

    @Override
    public CommandOutcome<Brand, BrandRefusal> handle(BrandCommand command, Metadata metadata) {
        return handle(command, metadata, version -> true, null);
    }

    /// Carries a command out for a caller who may have seen the brand.
    ///
    /// @param expected which versions of the brand the caller will have changed
    /// @param once null if the command may be done as often as it is sent
    CommandOutcome<Brand, BrandRefusal> handle(
            BrandCommand command,
            Metadata metadata,
            LongPredicate expected,
            @Nullable Once<BrandRefusal> once) {
        return around.<BrandCommand, Brand, BrandRefusal>around(
                        (change, traced) -> carryOut(change, traced, expected, once))
                .handle(command, metadata);
    }

    private CommandOutcome<Brand, BrandRefusal> carryOut(
            BrandCommand command,
            Metadata metadata,
            LongPredicate expected,
            @Nullable Once<BrandRefusal> once) {
        Optional<BrandRefusal> fault = check(command);
        return fault.isPresent()
                ? new Refused<>(fault.get(), 0)
                : tables.handle(
                        connection ->
                                switch (command) {
                                    case CreateBrand create -> create(connection, create);
                                    case RenameBrand rename -> rename(connection, rename, expected);
                                },
                        metadata,
                        once);
    }

    /// Whether the brand exists; one that does is remembered, as none is ever removed.
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

    public Optional<Brand> find(String id) {
        return tables.read(connection -> find(connection, id));
    }

    /// The same by a connection to any server that has the tables.
    static Optional<Brand> find(Connection connection, String id) throws SQLException {
        return ID.fault(id).isPresent() ? Optional.empty() : find(connection, BY_ID, id);
    }

    /// The ids of the brands that were created with these names or, where none was, have them now;
    /// those of others are left out.
    public Map<String, String> ids(Collection<String> names) {
        return names.isEmpty() ? Map.of() : tables.read(connection -> ids(connection, names));
    }

    /// The same by a connection to any server that has the tables.
    public static Map<String, String> ids(Connection connection, Collection<String> names)
            throws SQLException {
        return names.isEmpty() ? Map.of() : named(connection, Set.copyOf(names));
    }

    /// The ids of the brands with these names, as [#ids] finds them, each created now if there is
    /// none.
    ///
    /// @param names at most 1,000, each fit to be a name
    public Map<String, String> ensure(Collection<String> names, Metadata metadata) {
        Map<String, String> known = ids(names);
        Set<String> missing = new LinkedHashSet<>(names);
        missing.removeAll(known.keySet());
        if (missing.isEmpty()) {
            return known;
        }
        Map<String, String> all = new HashMap<>(known);
        all.putAll(tables.write(connection -> createMissing(connection, missing, metadata)));
        return all;
    }

    private static Verdict<Brand, BrandRefusal> create(Connection connection, CreateBrand command)
            throws SQLException {
        String name = command.name();
        lock(connection);
        String holder = ids(connection, BY_ALIASES, Set.of(name)).get(name);
        if (holder != null) {
            return new TurnedDown<>(new NameTaken(name, holder));
        }
        Set<String> taken = ids(connection);
        String id = command.brandId();
        if (id != null && taken.contains(id)) {
            return new TurnedDown<>(new IdTaken(id));
        }
        String free = id == null ? Slug.free(Slug.of(name), taken::contains) : id;
        BrandCreated created = new BrandCreated(free, name);
        insert(connection, List.of(created));
        return new Changed<>(new Brand(free, name, name, 1), free, List.of(created));
    }

    private static Verdict<Brand, BrandRefusal> rename(
            Connection connection, RenameBrand command, LongPredicate expected)
            throws SQLException {
        Optional<Brand> found = find(connection, BY_ID_LOCKED, command.brandId());
        if (found.isEmpty()) {
            return new TurnedDown<>(new UnknownBrand(command.brandId()));
        }
        Brand brand = found.get();
        if (!expected.test(brand.version())) {
            return new TurnedDown<>(new OtherVersion(brand.id(), brand.version()));
        }
        if (brand.name().equals(command.name())) {
            return new Changed<>(brand, brand.id(), List.of());
        }
        try (PreparedStatement statement = connection.prepareStatement(RENAME)) {
            statement.setString(1, command.name());
            statement.setString(2, brand.id());
            statement.executeUpdate();
        }
        return new Changed<>(
                new Brand(brand.id(), command.name(), brand.alias(), brand.version() + 1),
                brand.id(),
                List.of(new BrandRenamed(brand.id(), command.name())));
    }

    private Map<String, String> createMissing(
            Connection connection, Set<String> names, Metadata metadata) throws SQLException {
        lock(connection);
        Map<String, String> ids = named(connection, names);
        Set<String> taken = ids(connection);
        List<BrandCreated> created = new ArrayList<>();
        for (String name : names) {
            if (!ids.containsKey(name)) {
                String id = Slug.free(Slug.of(name), taken::contains);
                taken.add(id);
                ids.put(name, id);
                created.add(new BrandCreated(id, name));
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

    private static void insert(Connection connection, List<BrandCreated> brands)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            for (BrandCreated brand : brands) {
                statement.setString(1, brand.brandId());
                statement.setString(2, brand.name());
                statement.setString(3, brand.name());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private static Optional<Brand> find(Connection connection, String sql, String id)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, id);
            try (ResultSet rows = statement.executeQuery()) {
                return rows.next()
                        ? Optional.of(
                                new Brand(
                                        rows.getString(1),
                                        rows.getString(2),
                                        rows.getString(3),
                                        rows.getLong(4)))
                        : Optional.empty();
            }
        }
    }

    private static Map<String, String> named(Connection connection, Set<String> names)
            throws SQLException {
        Map<String, String> ids = ids(connection, BY_ALIASES, names);
        Set<String> others = new HashSet<>(names);
        others.removeAll(ids.keySet());
        if (!others.isEmpty()) {
            ids.putAll(ids(connection, BY_NAMES, others));
        }
        return ids;
    }

    private static Map<String, String> ids(Connection connection, String sql, Set<String> names)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, connection.createArrayOf("text", names.toArray()));
            Map<String, String> ids = new HashMap<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    ids.put(rows.getString(1), rows.getString(2));
                }
            }
            return ids;
        }
    }

    private static Set<String> ids(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(IDS);
                ResultSet rows = statement.executeQuery()) {
            Set<String> ids = new HashSet<>();
            while (rows.next()) {
                ids.add(rows.getString(1));
            }
            return ids;
        }
    }

    private static Optional<BrandRefusal> check(BrandCommand command) {
        return switch (command) {
            case CreateBrand(var id, var name) ->
                    check("brandId", id, ID).or(() -> check("name", name, NAME));
            case RenameBrand(var id, var name) ->
                    check("brandId", id, ID).or(() -> check("name", name, NAME));
        };
    }

    private static Optional<BrandRefusal> check(
            String field, @Nullable String value, TextRule rule) {
        return value == null
                ? Optional.empty()
                : rule.fault(value).map(fault -> new InvalidValue(field, value, fault));
    }
}
