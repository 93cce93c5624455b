package dev.twofold.catalog.database;

import dev.twofold.catalog.database.EmbeddedPostgres.JdbcAddress;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/// The files of a PostgreSQL server that replays what another one writes.
///
/// They begin as a base backup by the low-level functions (PostgreSQL 18, section 25.3.4): the
/// server's files, copied while it works, with a label that says from where the log is replayed.
final class ReplicaCluster {
    private static final String SIGNAL = "standby.signal";
    private static final String LABEL = "backup_label";
    private static final String SETTINGS = "postgresql.auto.conf";

    /// Folders whose contents are the running server's alone.
    private static final Set<String> EMPTY =
            Set.of(
                    "pg_wal",
                    "pg_replslot",
                    "pg_dynshmem",
                    "pg_notify",
                    "pg_serial",
                    "pg_snapshots",
                    "pg_stat_tmp",
                    "pg_subtrans");

    /// Files that are the running server's alone.
    private static final Set<String> LEFT_OUT =
            Set.of("postmaster.pid", "postmaster.opts", "epg-lock", "pg_internal.init");

    private ReplicaCluster() {}

    static boolean isIn(Path cluster) {
        return Files.exists(cluster.resolve(SIGNAL));
    }

    /// Copies a running server's files beside their place and moves them there, so that they are
    /// there whole or not at all.
    static void copy(
            PostgresBinaries binaries, Path original, JdbcAddress source, Path folder, Path cluster)
            throws IOException, SQLException {
        try (DirectoryStream<Path> unfinished = Files.newDirectoryStream(folder, "replica-*")) {
            for (Path earlier : unfinished) {
                PostgresBinaries.delete(earlier);
            }
        }
        Path draft = Files.createTempDirectory(folder, "replica-");
        String label;
        // the backup is given up when the session that began it ends
        try (Connection session = source.connect()) {
            ask(session, "SELECT pg_backup_start('replica', true)::text");
            Files.walkFileTree(original, new Copy(original, draft));
            label = ask(session, "SELECT labelfile FROM pg_backup_stop(false)");
        }
        Files.createDirectories(draft.resolve("pg_wal").resolve("archive_status"));
        Files.writeString(draft.resolve(LABEL), label);
        Files.createFile(draft.resolve(SIGNAL));
        follow(draft, source);
        EmbeddedPostgres.run(
                binaries.command("initdb", List.of("--sync-only", "--pgdata=" + draft)),
                folder.resolve("replica.log"));
        Files.move(draft, cluster);
    }

    /// Says where the server to be followed is; the last line that names a setting counts.
    static void follow(Path cluster, JdbcAddress source) throws IOException {
        URI address = URI.create(source.url().substring("jdbc:".length()));
        Path settings = cluster.resolve(SETTINGS);
        List<String> others =
                Files.readAllLines(settings).stream()
                        .filter(line -> !line.startsWith("primary_conninfo"))
                        .toList();
        Files.write(settings, others);
        Files.writeString(
                settings,
                "primary_conninfo = 'host=%s port=%d user=%s password=%s'%n"
                        .formatted(
                                address.getHost(),
                                address.getPort(),
                                source.user(),
                                source.password()),
                StandardOpenOption.APPEND);
    }

    private static String ask(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getString(1);
        }
    }

    /// Copies what a base backup has; files may go while it does, and those are passed over.
    private static final class Copy extends SimpleFileVisitor<Path> {
        private final Path from;
        private final Path to;

        Copy(Path from, Path to) {
            this.from = from;
            this.to = to;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
                throws IOException {
            if (!folder.equals(from)) {
                DataFolder.makeOwnerOnly(target(folder));
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            String name = file.getFileName().toString();
            if (!EMPTY.contains(from.relativize(file).getName(0).toString())
                    && !LEFT_OUT.contains(name)
                    && !name.startsWith("pgsql_tmp")) {
                try {
                    Files.copy(file, target(file));
                } catch (NoSuchFileException _) {
                    // dropped meanwhile, as the log tells
                }
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw e;
        }

        private Path target(Path file) {
            return to.resolve(from.relativize(file));
        }
    }
}
