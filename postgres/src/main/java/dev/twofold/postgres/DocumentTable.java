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
    private static final String BY_KEYS =
            """
            SELECT key, document::text FROM ${table} WHERE key = ANY (?)
            """;
    private static final String BY_REFERENCES =
            """
            SELECT key, document::text FROM ${table} WHERE refs && ? AND refs <> '{}'
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
        this.byKeys = on(name, BY_KEYS);
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

    Map<String, D> byKeys(Connection connection, Set<String> keys) throws SQLException {
        return load(connection, byKeys, keys);
    }

    Map<String, D> byReferences(Connection connection, Set<String> names) throws SQLException {
        return load(connection, byReferences, names);
    }

    /// Writes what a batch made of the documents of this view, and passes over other views'.
    void write(Connection connection, List<DocumentChange<?>> changes)
            throws SQLException, EventFailure {
        List<String> keys = new ArrayList<>();
        List<String> documents = new ArrayList<>();
        List<String> refs = new ArrayList<>();
        List<Long> positions = new ArrayList<>();
        List<String> deleted = new ArrayList<>();
        for (DocumentChange<?> change : changes) {
            Object document = change.document();
            if (!change.view().equals(view)) {
                continue;
            }
            if (document == null) {
                deleted.add(change.key());
                continue;
            }
            keys.add(change.key());
            documents.add(encode(change, document));
            refs.add(arrayLiteral(change.references()));
            positions.add(change.position());
        }
        if (!keys.isEmpty()) {
            try (PreparedStatement statement = connection.prepareStatement(upsert)) {
                statement.setArray(1, texts(connection, keys));
                statement.setArray(2, texts(connection, documents));
                statement.setArray(3, texts(connection, refs));
                statement.setArray(4, connection.createArrayOf("bigint", positions.toArray()));
                statement.executeUpdate();
            }
        }
        if (!deleted.isEmpty()) {
            try (PreparedStatement statement = connection.prepareStatement(delete)) {
                statement.setArray(1, texts(connection, deleted));
                statement.executeUpdate();
            }
        }
    }

    private Map<String, D> load(Connection connection, String sql, Set<String> texts)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setArray(1, texts(connection, texts));
            Map<String, D> documents = new HashMap<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    String key = rows.getString(1);
                    documents.put(key, decode(key, rows.getString(2)));
                }
            }
            return documents;
        }
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

    private String encode(DocumentChange<?> change, Object document) throws EventFailure {
        try {
            return codec.encode(document);
        } catch (IllegalArgumentException e) {
            throw new EventFailure(
                    change.position(), new DocumentName(view.name(), change.key()), e);
        }
    }

    private static Array texts(Connection connection, Collection<String> values)
            throws SQLException {
        return connection.createArrayOf("text", values.toArray());
    }

    /// The text form of an array (PostgreSQL 18, section 8.15.2).
    private static String arrayLiteral(Set<String> values) {
        return values.stream()
                .map(value -> value.replace("\\", "\\\\").replace("\"", "\\\""))
                .map("\"%s\""::formatted)
                .collect(Collectors.joining(",", "{", "}"));
    }
}
