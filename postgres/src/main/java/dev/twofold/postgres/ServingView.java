package dev.twofold.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The database view under which plain SQL finds the generation of a projection that serves.
///
/// It is replaced in place as long as the new table has all columns that the old one had, so that
/// grants, comments and whatever else depends on it stay. Otherwise it is made anew with the grants
/// and the comment of the old one; that fails if there is anything that depends on it.
///
/// @param name without quotes
record ServingView(String name) {
    private static final String DEPENDENT_OBJECTS = "2BP01";

    void pointTo(Connection connection, String table) throws SQLException {
        Map<String, String> before = columns(connection, name);
        Map<String, String> after = columns(connection, table);
        if (after.entrySet().containsAll(before.entrySet())) {
            Map<String, String> ordered = new LinkedHashMap<>(before);
            ordered.putAll(after);
            create(connection, ordered, table);
            return;
        }
        List<String> keep = permissionsAndComment(connection, after);
        drop(connection);
        create(connection, after, table);
        for (String statement : keep) {
            execute(connection, statement);
        }
    }

    private void create(Connection connection, Map<String, String> columns, String table)
            throws SQLException {
        String quoted = String.join(", ", columns.keySet());
        execute(
                connection,
                "CREATE OR REPLACE VIEW \"%s\" AS SELECT %s FROM %s"
                        .formatted(name, quoted, table));
    }

    private void drop(Connection connection) throws SQLException {
        try {
            execute(connection, "DROP VIEW \"%s\"".formatted(name));
        } catch (SQLException e) {
            if (DEPENDENT_OBJECTS.equals(e.getSQLState())) {
                throw new IllegalStateException(
                        ("the columns of \"%s\" have changed and other objects of the database"
                             + " depend on it, so it cannot be replaced: drop those, or keep its"
                             + " columns; %s")
                                .formatted(name, e.getMessage()),
                        e);
            }
            throw e;
        }
    }

    private static final String COLUMNS =
            """
            SELECT quote_ident(attname), format_type(atttypid, atttypmod) || ' ' || attcollation
            FROM pg_attribute
            WHERE attrelid = to_regclass('"' || ? || '"') AND attnum > 0 AND NOT attisdropped
            ORDER BY attnum
            """;

    /// The columns, quoted, each with its type and collation; none if there is no such relation.
    private static Map<String, String> columns(Connection connection, String relation)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setString(1, relation);
            Map<String, String> columns = new LinkedHashMap<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    columns.put(rows.getString(1), rows.getString(2));
                }
            }
            return columns;
        }
    }

    /// Permissions of columns that are gone go with them.
    private static final String KEEP =
            """
            WITH old AS (SELECT * FROM pg_class WHERE oid = to_regclass('"' || ? || '"')),
            granted AS (
              SELECT relname, relowner, NULL AS attname, acl.*
              FROM old, aclexplode(relacl) AS acl
              UNION ALL
              SELECT relname, relowner, attname, acl.*
              FROM old JOIN pg_attribute ON attrelid = old.oid, aclexplode(attacl) AS acl
              WHERE NOT attisdropped AND quote_ident(attname) = ANY (?)
            )
            SELECT format('GRANT %s%s ON %I TO %s%s', privilege_type,
              CASE WHEN attname IS NULL THEN '' ELSE format(' (%I)', attname) END, relname,
              CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
              CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
            FROM granted WHERE grantee <> relowner
            UNION ALL
            SELECT format('COMMENT ON VIEW %I IS %L', relname, obj_description(oid, 'pg_class'))
            FROM old WHERE obj_description(oid, 'pg_class') IS NOT NULL
            UNION ALL
            SELECT format('ALTER VIEW %I SET (%s)', relname, array_to_string(reloptions, ', '))
            FROM old WHERE reloptions IS NOT NULL
            UNION ALL
            SELECT format('ALTER VIEW %I OWNER TO %I', relname, pg_get_userbyid(relowner))
            FROM old WHERE pg_get_userbyid(relowner) <> current_user
            """;

    private List<String> permissionsAndComment(Connection connection, Map<String, String> columns)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(KEEP)) {
            statement.setString(1, name);
            statement.setArray(2, connection.createArrayOf("text", columns.keySet().toArray()));
            List<String> keep = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    keep.add(rows.getString(1));
                }
            }
            return keep;
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
