package dev.twofold.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// A PostgreSQL server and streaming replicas of it, for tests that take them apart: each can be
/// held up, cut off, killed, promoted and made anew, and keeps its address all the while.
///
/// The servers trade durability for speed; what a killed process had written is not lost with that.
/// For use by one thread at a time.
public final class TestReplicas implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration LOOK = Duration.ofMillis(10);
    private static final AtomicInteger DATABASES = new AtomicInteger();

    /// Folders and files that a base backup leaves out (PostgreSQL 18, section 25.3.4).
    private static final Set<String> EMPTY =
            Set.of("pg_wal", "pg_replslot", "pg_notify", "pg_stat_tmp", "pg_subtrans");

    private static final Set<String> LEFT_OUT =
            Set.of("postmaster.pid", "postmaster.opts", "epg-lock", "pg_internal.init");

    private final Path folder;
    private final Server primary;
    private final List<Server> replicas = new ArrayList<>();
    private final Map<String, String> settings;

    private TestReplicas(Path folder) {
        this.folder = folder;
        this.settings = Map.of("wal_keep_size", "512MB");
        this.primary = new Server(folder.resolve("primary"), Ports.free());
    }

    private TestReplicas(Path folder, Path data, int port, Map<String, String> settings) {
        this.folder = folder;
        this.settings = Map.copyOf(settings);
        this.primary = new Server(data, port);
    }

    /// Starts a replica of a server on this machine that somebody else has started, and stops.
    ///
    /// @param data the server's files
    /// @param settings of the replica; some have to be no less than the server's, such as
    ///   `max_connections`
    public static TestReplicas of(Path data, int port, Map<String, String> settings) {
        try {
            Path folder = Files.createTempDirectory("twofold-replicas-");
            TestReplicas all = new TestReplicas(folder, data, port, settings);
            Server replica = all.new Server(folder.resolve("replica-0"), Ports.free());
            replica.rebuild();
            all.replicas.add(replica);
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException("the replica was not started", e);
        }
    }

    /// Starts a primary and so many replicas.
    public static TestReplicas start(int replicas) {
        try {
            TestReplicas all = new TestReplicas(Files.createTempDirectory("twofold-replicas-"));
            all.primary.start();
            for (int i = 0; i < replicas; i++) {
                Server replica = all.new Server(all.folder.resolve("replica-" + i), Ports.free());
                replica.rebuild();
                all.replicas.add(replica);
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException("the servers were not started", e);
        }
    }

    public Server primary() {
        return primary;
    }

    public List<Server> replicas() {
        return List.copyOf(replicas);
    }

    /// Makes an empty database on the primary, and so on its replicas, and returns its name.
    public String createDatabase() {
        String name = "replicated_%d".formatted(DATABASES.incrementAndGet());
        primary.execute("CREATE DATABASE " + name);
        return name;
    }

    @Override
    public void close() {
        replicas.forEach(Server::stop);
        primary.stop();
        delete(folder);
    }

    /// One of the servers.
    public final class Server {
        private final Path data;
        private final int port;
        private @Nullable EmbeddedPostgres running;

        private Server(Path data, int port) {
            this.data = data;
            this.port = port;
        }

        public String url(String database) {
            return "jdbc:postgresql://localhost:%d/%s?user=postgres".formatted(port, database);
        }

        /// New connections to one database, not pooled.
        public DataSource dataSource(String database) {
            EmbeddedPostgres server = running;
            if (server == null) {
                throw new IllegalStateException("the server does not run");
            }
            return server.getDatabase("postgres", database);
        }

        /// Starts it with what it had when it was stopped or killed.
        public void start() {
            try {
                EmbeddedPostgres.Builder builder =
                        EmbeddedPostgres.builder()
                                .setDataDirectory(data)
                                .setCleanDataDirectory(false)
                                .setPort(port)
                                .setPGStartupWait(START);
                settings.forEach(builder::setServerConfig);
                running = builder.start();
            } catch (IOException e) {
                throw new UncheckedIOException("a server did not start", e);
            }
        }

        public void stop() {
            EmbeddedPostgres server = running;
            running = null;
            if (server != null) {
                try {
                    server.close();
                } catch (IOException e) {
                    throw new UncheckedIOException("a server did not stop", e);
                }
            }
        }

        /// Ends all its processes at once, as a loss of the machine would.
        public void kill() {
            ProcessHandle postmaster = postmaster();
            List<ProcessHandle> all =
                    Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
            all.forEach(ProcessHandle::destroyForcibly);
            all.forEach(process -> process.onExit().join());
            stop();
        }

        /// Stops applying what it goes on to receive.
        public void pauseReplay() {
            execute("SELECT pg_wal_replay_pause()");
            await("SELECT pg_get_wal_replay_pause_state() = 'paused'");
        }

        public void resumeReplay() {
            execute("SELECT pg_wal_replay_resume()");
        }

        /// Ends its connection to the server that it replays, and keeps it from another.
        public void disconnect() {
            connectTo("host=localhost port=1");
            // it would notice by itself, unless its replay is paused
            String receiver = ask("SELECT max(pid) FROM pg_stat_wal_receiver");
            if (receiver != null) {
                ProcessHandle.of(Long.parseLong(receiver)).ifPresent(ProcessHandle::destroy);
            }
            await("SELECT NOT EXISTS (SELECT FROM pg_stat_wal_receiver)");
        }

        /// Has it replay what another one writes or replays.
        public void follow(Server upstream) {
            connectTo("host=localhost port=%d user=postgres".formatted(upstream.port));
        }

        private void connectTo(String conninfo) {
            configure(conninfo);
            execute("SELECT pg_reload_conf()");
        }

        /// Makes it a primary of its own.
        public void promote() {
            execute("SELECT pg_promote(true, 60)");
            await("SELECT NOT pg_is_in_recovery()");
        }

        /// Makes it a replica of the primary from a new copy, whatever it was.
        public void rebuild() {
            stop();
            delete(data);
            try {
                copyPrimary();
            } catch (IOException | SQLException e) {
                throw new IllegalStateException("a replica was not made", e);
            }
            start();
        }

        private void copyPrimary() throws IOException, SQLException {
            String label;
            // the backup is over when its session is
            try (Connection session = DriverManager.getConnection(primary.url("postgres"))) {
                TestReplicas.ask(session, "SELECT pg_backup_start('replica', true)::text");
                Files.walkFileTree(primary.data, new Copy(primary.data, data));
                label =
                        Objects.requireNonNull(
                                TestReplicas.ask(
                                        session, "SELECT labelfile FROM pg_backup_stop(false)"));
            }
            Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
            Files.writeString(data.resolve("backup_label"), label);
            Files.createFile(data.resolve("standby.signal"));
            configure("host=localhost port=%d user=postgres".formatted(primary.port));
        }

        private void configure(String conninfo) {
            try {
                Files.writeString(
                        data.resolve("postgresql.auto.conf"),
                        "primary_conninfo = '%s'%nwal_retrieve_retry_interval = '100ms'%n"
                                .formatted(conninfo));
            } catch (IOException e) {
                throw new UncheckedIOException("a replica was not configured", e);
            }
        }

        private ProcessHandle postmaster() {
            try {
                String pid = Files.readAllLines(data.resolve("postmaster.pid")).getFirst().strip();
                return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
            } catch (IOException e) {
                throw new UncheckedIOException("the server does not run", e);
            }
        }

        /// Waits until a query that tells one truth does.
        public void await(String sql) {
            long deadline = System.nanoTime() + START.toNanos();
            while (!"t".equals(ask(sql))) {
                if (System.nanoTime() > deadline) {
                    throw new AssertionError("not true after %s: %s".formatted(START, sql));
                }
                LockSupport.parkNanos(LOOK.toNanos());
            }
        }

        /// Runs a statement in the database `postgres`.
        public void execute(String sql) {
            try (Connection connection = DriverManager.getConnection(url("postgres"));
                    Statement statement = connection.createStatement()) {
                statement.execute(sql);
            } catch (SQLException e) {
                throw new IllegalStateException(sql + " failed", e);
            }
        }

        private @Nullable String ask(String sql) {
            try (Connection connection = DriverManager.getConnection(url("postgres"))) {
                return TestReplicas.ask(connection, sql);
            } catch (SQLException e) {
                throw new IllegalStateException(sql + " failed", e);
            }
        }
    }

    private static @Nullable String ask(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getString(1);
        }
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("%s was not deleted".formatted(folder), e);
        }
    }

    /// Copies files of a server at work; what it drops meanwhile is passed over.
    private static final class Copy extends SimpleFileVisitor<Path> {
        private final Path from;
        private final Path to;

        Copy(Path from, Path to) {
            this.from = from;
            this.to = to;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes)
                throws IOException {
            Files.createDirectory(to.resolve(from.relativize(dir)));
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            Path relative = from.relativize(file);
            if (!EMPTY.contains(relative.getName(0).toString())
                    && !LEFT_OUT.contains(relative.getFileName().toString())) {
                try {
                    Files.copy(file, to.resolve(relative));
                } catch (NoSuchFileException _) {
                    return FileVisitResult.CONTINUE;
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
    }
}
