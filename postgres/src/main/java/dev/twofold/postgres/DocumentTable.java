package dev.twofold.postgres;

import dev.twofold.Codec;
import dev.twofold.DocumentChange;
import dev.twofold.View;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/// The table of one generation of a view's documents.
///
/// Written by one connection at a time, the one that holds the checkpoint. The index on references
/// has only rows that have some, so a view without references pays nothing for it.
final class DocumentTable<D> {
    private static final String CREATE =
            """
            CREATE TABLE ${table} (
              key text PRIMARY KEY,
              document jsonb NOT NULL,
              refs text[] NOT NULL,
              position bigint NOT NULL
            ) WITH (fillfactor = 80);
            CREATE INDEX ON ${table} USING gin (refs) WHERE refs <> '{}';
            """;
    private static final String DROP =
            """
            DROP TABLE IF EXISTS ${table}
            """;
    private static final String ANALYZE =
            """
            ANALYZE ${table}
            """;
    private static final String BY_KEYS =
            """
            SELECT ${number}, key, document::text, position FROM ${table} WHERE key = ANY (?)
            """;

    /// Planned for all rows, so that the index on references is used, and run for so many only.
    private static final String BY_REFERENCES =
            """
            WITH referring AS MATERIALIZED (
              SELECT key, document::text, position FROM ${table} WHERE refs && ? AND refs <> '{}'
            )
            SELECT 0, key, document, position FROM referring LIMIT ?
            """;

    private static final String UPSERT =
            """
            INSERT INTO ${table} AS stored (key, document, refs, position)
            SELECT key, document::jsonb, refs::text[], position
            FROM unnest(?::text[], ?::text[], ?::text[], ?::bigint[])
              AS changed (key, document, refs, position)
            ON CONFLICT (key) DO UPDATE SET
              document = excluded.document, refs = excluded.refs, position = excluded.position
            """;
    private static final String DELETE =
            """
            DELETE FROM ${table} WHERE key = ANY (?)
            """;

    private final View<?, D> view;
    private final Codec codec;
    private final String name;
    private final String byKeys;
    private final String byReferences;
    private final String upsert;
    private final String delete;

    DocumentTable(View<?, D> view, Codec codec, String name) {
        this.view = view;
        this.codec = codec;
        this.name = name;
        this.byKeys = selectByKeys(0);
        this.byReferences = on(name, BY_REFERENCES);
        this.upsert = on(name, UPSERT);
        this.delete = on(name, DELETE);
    }

    /// The statement with the table's name in it.
    static String on(String table, String sql) {
        return sql.replace("${table}", table);
    }

    static void drop(Connection connection, String table) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(on(table, DROP));
        }
    }

    static void analyze(Connection connection, String table) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(on(table, ANALYZE));
        }
    }

    String name() {
        return name;
    }

    View<?, D> view() {
        return view;
    }

    void create(Connection connection, String definitions) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(on(name, CREATE));
            if (!definitions.isBlank()) {
                statement.execute(on(name, definitions));
            }
        }
    }

    private static final String COPY =
            """
            CREATE TABLE ${table} (LIKE ${original} INCLUDING ALL);
            INSERT INTO ${table} SELECT * FROM ${original};
            """;

    void createAsCopy(Connection connection, String original) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(on(name, COPY).replace("${original}", original));
        }
    }

    /// A document, and the position of the last event that touched it.
    ///
    /// @param length of its JSON in characters
    record Loaded<D>(D document, long position, int length) {}

    Map<String, Loaded<D>> byKeys(Connection connection, Set<String> keys) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(byKeys)) {
            statement.setArray(1, texts(connection, keys));
            return load(statement);
        }
    }

    /// The statement that reads documents by their keys, an array, with a number before each.
    String selectByKeys(int number) {
        return on(name, BY_KEYS).replace("${number}", Integer.toString(number));
    }

    /// A document as it was read.
    Loaded<D> loaded(String key, String json, long position) {
        return new Loaded<>(decode(key, json), position, json.length());
    }

    /// @param most that are wanted; no more are read
    Map<String, Loaded<D>> byReferences(Connection connection, Set<String> names, int most)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(byReferences)) {
            statement.setArray(1, texts(connection, names));
            statement.setInt(2, most);
            return load(statement);
        }
    }

    private static final String CONCERNED =
            """
            WITH concerned AS MATERIALIZED (
              SELECT key COLLATE "C" AS key FROM ${table}
              WHERE refs && ? AND refs <> '{}' AND position < ?
            )
            SELECT key FROM concerned WHERE key > ? ORDER BY key LIMIT ?
            """;

    /// The keys of documents that have one of the names among their references and were last
    /// touched before a position, in their order.
    ///
    /// @param after the key after which they are
    List<String> concerned(
            Connection connection, Set<String> names, long position, String after, int most)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(on(name, CONCERNED))) {
            statement.setArray(1, texts(connection, names));
            statement.setLong(2, position);
            statement.setString(3, after);
            statement.setInt(4, most);
            List<String> keys = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    keys.add(rows.getString(1));
                }
            }
            return keys;
        }
    }

    /// What a batch made of the documents of this view, ready to be written; passes over other
    /// views'.
    ///
    /// @throws EventFailure if a document cannot be encoded
    Rows encode(List<DocumentChange<?>> changes) throws EventFailure {
        Rows rows = new Rows();
        for (DocumentChange<?> change : changes) {
            if (!change.view().equals(view)) {
                continue;
            }
            if (change.document() == null) {
                rows.deleted.add(change.key());
                continue;
            }
            rows.keys.add(change.key());
            rows.documents.add(encode(change));
            rows.refs.add(arrayLiteral(change.references()));
            rows.positions.add(change.position());
        }
        return rows;
    }

    void write(Statements statements, Rows rows) {
        if (!rows.keys.isEmpty()) {
            statements.add(upsert, rows::bind);
        }
        if (!rows.deleted.isEmpty()) {
            statements.add(
                    delete,
                    (statement, from) -> {
                        statement.setArray(from, texts(statement.getConnection(), rows.deleted));
                        return from + 1;
                    });
        }
    }

    /// Rows to be written.
    static final class Rows {
        private final List<String> keys = new ArrayList<>();
        private final List<String> documents = new ArrayList<>();
        private final List<String> refs = new ArrayList<>();
        private final List<Long> positions = new ArrayList<>();
        private final List<String> deleted = new ArrayList<>();

        /// Characters of JSON that the documents have.
        long length() {
            return documents.stream().mapToLong(String::length).sum();
        }

        private int bind(PreparedStatement statement, int from) throws SQLException {
            Connection connection = statement.getConnection();
            statement.setArray(from, texts(connection, keys));
            statement.setArray(from + 1, texts(connection, documents));
            statement.setArray(from + 2, texts(connection, refs));
            statement.setArray(
                    from + 3, connection.createArrayOf("bigint", positions.toArray(Long[]::new)));
            return from + 4;
        }
    }

    /// A row as it is stored.
    record Stored(String document, Set<String> references, long position) {}

    private static final String STORED =
            """
            SELECT key, document::text, refs, position FROM ${table} WHERE key = ANY (?)
            """;
    private static final String SAMPLE =
            """
            SELECT key, document::text, refs, position FROM ${table} WHERE
            """
                    + KeySample.CONDITION;

    private static final String COUNT =
            """
            SELECT count(*) FROM ${table}
            """;

    long count(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(on(name, COUNT));
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    /// The rows of some keys.
    Map<String, Stored> stored(Connection connection, Set<String> keys) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(on(name, STORED))) {
            statement.setArray(1, texts(connection, keys));
            return stored(statement);
        }
    }

    /// The rows of a sample of keys.
    Map<String, Stored> stored(Connection connection, KeySample sample) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(on(name, SAMPLE))) {
            statement.setLong(1, sample.oneIn());
            return stored(statement);
        }
    }

    private static Map<String, Stored> stored(PreparedStatement statement) throws SQLException {
        Map<String, Stored> found = new HashMap<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                String[] references = (String[]) row.getArray(3).getArray();
                found.put(
                        row.getString(1),
                        new Stored(row.getString(2), Set.of(references), row.getLong(4)));
            }
        }
        return found;
    }

    /// That there is no document.
    DocumentChange<?> gone(String key, long position) {
        return new DocumentChange<>(view, key, null, Set.of(), position);
    }

    /// A stored document as [#encode(DocumentChange)] would write it; as it is if it does not fit.
    String canonical(String json) {
        try {
            return codec.encode(codec.decode(json, view.documentType()));
        } catch (IllegalArgumentException e) {
            return json;
        }
    }

    private Map<String, Loaded<D>> load(PreparedStatement statement) throws SQLException {
        Map<String, Loaded<D>> documents = new HashMap<>();
        try (ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                String key = rows.getString(2);
                documents.put(key, loaded(key, rows.getString(3), rows.getLong(4)));
            }
        }
        return documents;
    }

    private D decode(String key, String json) {
        try {
            return codec.decode(json, view.documentType());
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    ("document \"%s\" of table %s does not fit %s; when the class has changed,"
                                    + " raise the revision of view \"%s\" (now %d)")
                            .formatted(
                                    key,
                                    name,
                                    view.documentType().getName(),
                                    view.name(),
                                    view.revision()),
                    e);
        }
    }

    String encode(DocumentChange<?> change) throws EventFailure {
        try {
            return codec.encode(Objects.requireNonNull(change.document()));
        } catch (IllegalArgumentException e) {
            throw new EventFailure(
                    change.position(), new DocumentName(view.name(), change.key()), e);
        }
    }

    /// An array that the driver sends in binary form: it does so for arrays of strings, and not for
    /// arrays of objects.
    static Array texts(Connection connection, Collection<String> values) throws SQLException {
        return connection.createArrayOf("text", values.toArray(String[]::new));
    }

    /// The text form of an array (PostgreSQL 18, section 8.15.2).
    private static String arrayLiteral(Set<String> values) {
        return values.stream()
                .map(value -> value.replace("\\", "\\\\").replace("\"", "\\\""))
                .map("\"%s\""::formatted)
                .collect(Collectors.joining(",", "{", "}"));
    }
}
