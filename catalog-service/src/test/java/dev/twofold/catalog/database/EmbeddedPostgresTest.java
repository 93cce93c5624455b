package dev.twofold.catalog.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.catalog.database.EmbeddedPostgres.JdbcAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresTest {
    @TempDir Path temp;

    @Test
    void acknowledges_only_what_is_on_disk_and_keeps_it_across_restarts() throws Exception {
        try (DataFolder folder = held();
                EmbeddedPostgres postgres = EmbeddedPostgres.start(folder)) {
            assertThat(one(postgres, "SHOW fsync")).isEqualTo("on");
            assertThat(one(postgres, "SHOW synchronous_commit")).isEqualTo("on");
            assertThat(one(postgres, "SHOW full_page_writes")).isEqualTo("on");
            assertThat(one(postgres, "SHOW data_checksums")).isEqualTo("on");
            assertThat(one(postgres, "CREATE TABLE kept AS SELECT 42 AS n; SELECT n FROM kept"))
                    .isEqualTo("42");
        }
        try (DataFolder folder = held();
                EmbeddedPostgres postgres = EmbeddedPostgres.start(folder)) {
            assertThat(one(postgres, "SELECT n FROM kept")).isEqualTo("42");
        }
        assertThat(EmbeddedPostgres.running(temp)).isEmpty();
    }

    @Test
    void lets_in_only_those_who_know_the_password_and_come_by_loopback() throws Exception {
        try (DataFolder folder = held();
                EmbeddedPostgres postgres = EmbeddedPostgres.start(folder)) {
            assertThat(one(postgres, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(one(postgres, "SHOW unix_socket_directories")).isEmpty();
            JdbcAddress address = postgres.address();
            assertThatThrownBy(
                            () ->
                                    DriverManager.getConnection(
                                            address.url(), address.user(), "guess"))
                    .hasMessageContaining("password authentication failed");
            assertThat(permissions("postgres-password")).isEqualTo("rw-------");
            assertThat(permissions("postgres")).isEqualTo("rwx------");
            assertThat(EmbeddedPostgres.running(temp)).contains(address);
        }
    }

    @Test
    void stops_a_server_that_was_left_behind_and_starts_its_own() throws Exception {
        try (DataFolder folder = held();
                EmbeddedPostgres leftBehind = EmbeddedPostgres.start(folder)) {
            one(leftBehind, "CREATE TABLE kept AS SELECT 42 AS n; SELECT n FROM kept");
            try (EmbeddedPostgres postgres = EmbeddedPostgres.start(folder)) {
                assertThat(leftBehind.process()).isEmpty();
                assertThat(postgres.process()).isPresent();
                assertThat(one(postgres, "SELECT n FROM kept")).isEqualTo("42");
            }
        }
    }

    @Test
    void a_replica_shows_what_the_primary_writes_also_after_either_was_started_again()
            throws Exception {
        Path primaryFolder = temp.resolve("primary");
        Path replicaFolder = temp.resolve("replica");
        try (DataFolder folder = held(primaryFolder);
                DataFolder copy = held(replicaFolder)) {
            EmbeddedPostgres primary = EmbeddedPostgres.start(folder);
            try (EmbeddedPostgres replica = EmbeddedPostgres.startReplica(copy, primaryFolder)) {
                one(primary, "CREATE TABLE kept AS SELECT 1 AS n; SELECT n FROM kept");
                awaitRow(replica, "SELECT 1 FROM pg_class WHERE relname = 'kept'");
                assertThat(one(replica, "SELECT pg_is_in_recovery()")).isEqualTo("t");

                primary.close();
                primary = EmbeddedPostgres.start(folder);
                replica.follow(primaryFolder);
                one(primary, "INSERT INTO kept VALUES (2) RETURNING n");
                awaitRow(replica, "SELECT 1 FROM kept WHERE n = 2");
            }
            one(primary, "INSERT INTO kept VALUES (3) RETURNING n");
            try (EmbeddedPostgres replica = EmbeddedPostgres.startReplica(copy, primaryFolder)) {
                awaitRow(replica, "SELECT 1 FROM kept WHERE n = 3");
            } finally {
                primary.close();
            }
        }
    }

    @Test
    void a_database_of_its_own_is_not_made_a_replica() throws Exception {
        Path primaryFolder = temp.resolve("primary");
        Path replicaFolder = temp.resolve("replica");
        try (DataFolder folder = held(primaryFolder);
                DataFolder copy = held(replicaFolder)) {
            assertThatThrownBy(() -> EmbeddedPostgres.startReplica(copy, primaryFolder))
                    .hasMessageStartingWith("no database server runs on " + primaryFolder);
            try (EmbeddedPostgres _ = EmbeddedPostgres.start(folder)) {
                try (EmbeddedPostgres replica =
                        EmbeddedPostgres.startReplica(copy, primaryFolder)) {
                    one(replica, "SELECT pg_promote()");
                }
                assertThatThrownBy(() -> EmbeddedPostgres.startReplica(copy, primaryFolder))
                        .hasMessageStartingWith(replicaFolder + " has a database of its own");
            }
        }
    }

    private static void awaitRow(EmbeddedPostgres postgres, String sql) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> one(postgres, sql).equals("1"));
    }

    private DataFolder held() {
        return held(temp);
    }

    private static DataFolder held(Path path) {
        return switch (DataFolder.claim(path)) {
            case DataFolder.Claim.Held(var folder) -> folder;
            case DataFolder.Claim.InUse inUse -> throw new AssertionError(inUse.diagnosis());
        };
    }

    private String permissions(String file) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(temp.resolve(file)));
    }

    private static String one(EmbeddedPostgres postgres, String sql) throws SQLException {
        JdbcAddress address = postgres.address();
        try (Connection connection =
                        DriverManager.getConnection(
                                address.url(), address.user(), address.password());
                Statement statement = connection.createStatement()) {
            boolean rows = statement.execute(sql);
            while (!rows) {
                rows = statement.getMoreResults();
            }
            try (ResultSet result = statement.getResultSet()) {
                result.next();
                return result.getString(1);
            }
        }
    }
}
