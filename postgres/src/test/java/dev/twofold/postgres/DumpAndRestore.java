package dev.twofold.postgres;

import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;

/// Carries all rows from a database to one on another server, table by table in COPY's text form,
/// as `pg_dump` and `psql` do.
///
/// The other server has given out fewer numbers of transactions, as a new one has.
final class DumpAndRestore {
    private static final String NEXT_TRANSACTION = "SELECT pg_current_xact_id()::text::bigint";
    private static final String USE_UP_TRANSACTIONS =
            """
            CREATE TEMPORARY TABLE used (n int);
            DO $$
            BEGIN
                FOR n IN 1..1000 LOOP
                    BEGIN
                        INSERT INTO used VALUES (n);
                    EXCEPTION WHEN division_by_zero THEN
                        NULL; -- the block is a transaction of its own, with a number of its own
                    END;
                END LOOP;
            END
            $$;
            DROP TABLE used;
            """;
    private static final String TABLES =
            """
            SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
            WHERE schemaname IN ('twofold', 'broken') AND tablename <> 'migration'
            ORDER BY schemaname, tablename
            """;

    private DumpAndRestore() {}

    /// Has the server of a database give out numbers of transactions until the other one's are far
    /// behind.
    static void age(TestPostgres.Database source, TestPostgres.Database target)
            throws SQLException {
        long enough = nextTransaction(target) + 1_000;
        try (Connection connection = source.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            while (nextTransaction(source) < enough) {
                statement.execute(USE_UP_TRANSACTIONS);
            }
        }
    }

    /// @param target has the same tables, whose rows go
    static void run(TestPostgres.Database source, TestPostgres.Database target)
            throws SQLException, IOException {
        try (Connection from = source.dataSource().getConnection();
                Connection to = target.dataSource().getConnection();
                Statement statement = to.createStatement()) {
            statement.execute("SET session_replication_role = replica");
            for (String table : tables(from)) {
                StringWriter rows = new StringWriter();
                copier(from).copyOut("COPY %s TO STDOUT".formatted(table), rows);
                statement.execute("DELETE FROM %s".formatted(table));
                copier(to)
                        .copyIn(
                                "COPY %s FROM STDIN".formatted(table),
                                new StringReader(rows.toString()));
            }
        }
    }

    private static CopyManager copier(Connection connection) throws SQLException {
        return new CopyManager(connection.unwrap(BaseConnection.class));
    }

    private static List<String> tables(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TABLES);
                ResultSet rows = statement.executeQuery()) {
            List<String> tables = new ArrayList<>();
            while (rows.next()) {
                tables.add(rows.getString(1));
            }
            return tables;
        }
    }

    private static long nextTransaction(TestPostgres.Database database) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                PreparedStatement statement = connection.prepareStatement(NEXT_TRANSACTION);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }
}
