package dev.twofold.catalog.database;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A PostgreSQL server on the catalog's data folder.
///
/// What it acknowledges is on disk. It listens on 127.0.0.1 only, at a port of its own, which stays
/// the same while it is free, and asks for a password that is kept in the data folder. It stops
/// when it is closed, and when the process that started it ends in any other way.
///
/// A server may be a streaming replica of one on another data folder of the same machine.
public final class EmbeddedPostgres implements AutoCloseable {
    private static final String USER = "catalog";
    private static final String PASSWORD = "postgres-password";
    private static final String CLUSTER = "postgres";
    private static final String LOG = "postgres.log";
    private static final String PORT = "postgres-port";
    private static final Duration STOP = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(10);

    private static final Map<String, String> SETTINGS =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry("listen_addresses", "127.0.0.1"),
                            Map.entry("unix_socket_directories", ""),
                            Map.entry("max_connections", "150"),
                            Map.entry("fsync", "on"),
                            Map.entry("synchronous_commit", "on"),
                            Map.entry("full_page_writes", "on"),
                            Map.entry("shared_buffers", "256MB"),
                            Map.entry("effective_cache_size", "1GB"),
                            Map.entry("work_mem", "16MB"),
                            Map.entry("maintenance_work_mem", "128MB"),
                            Map.entry("max_wal_size", "2GB"),
                            // what a replica may be behind, or away, and still go on
                            Map.entry("wal_keep_size", "512MB"),
                            Map.entry("random_page_cost", "1.1"),
                            Map.entry("jit", "off"),
                            Map.entry("timezone", "UTC"),
                            Map.entry("log_timezone", "UTC"),
                            Map.entry("log_checkpoints", "off")));

    /// Stops the server when the process that starts this script ends, however it ends.
    ///
    /// SIGINT is PostgreSQL's fast shutdown; Java itself can only send SIGTERM and SIGKILL.
    private static final String WATCH =
            """
            trap '' HUP INT TERM
            cat > /dev/null
            kill -INT "$1"
            """;

    private final JdbcAddress address;
    private final Postmaster postmaster;
    private final Process watch;

    private EmbeddedPostgres(JdbcAddress address, Postmaster postmaster, Process watch) {
        this.address = address;
        this.postmaster = postmaster;
        this.watch = watch;
    }

    /// Where a server answers, and who may ask.
    ///
    /// @param user null if the URL says so, or the system's user is meant
    /// @param password null if the URL has it, or `~/.pgpass`
    public record JdbcAddress(String url, @Nullable String user, @Nullable String password) {

        public Connection connect() throws SQLException {
            return user == null
                    ? DriverManager.getConnection(url)
                    : DriverManager.getConnection(url, user, password);
        }

        /// As [#connect()], but takes the server for gone if it says nothing for so long.
        ///
        /// @param patience in seconds at the finest
        public Connection connect(Duration patience) throws SQLException {
            String seconds = Long.toString(patience.toSeconds());
            Properties properties = new Properties();
            properties.setProperty("connectTimeout", seconds);
            properties.setProperty("loginTimeout", seconds);
            properties.setProperty("socketTimeout", seconds);
            if (user != null) {
                properties.setProperty("user", user);
            }
            if (password != null) {
                properties.setProperty("password", password);
            }
            return DriverManager.getConnection(url, properties);
        }

        @Override
        public String toString() {
            return url;
        }
    }

    /// Starts a server on the folder, on its first use with an empty database.
    ///
    /// A server that a killed catalog left behind is stopped first.
    ///
    /// @throws IllegalStateException if the server does not start; the message ends with its log
    public static EmbeddedPostgres start(DataFolder folder) {
        try {
            PostgresBinaries binaries = PostgresBinaries.unpacked();
            Path cluster = folder.path().resolve(CLUSTER);
            String password = folder.secret(PASSWORD);
            if (Files.isDirectory(cluster)) {
                stopLeftBehind(cluster);
            } else {
                initialize(binaries, cluster, folder.path());
            }
            return launched(binaries, folder, password);
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL could not be started: " + e, e);
        }
    }

    /// Starts a server on the folder that replays what another one on this machine writes, and
    /// answers queries meanwhile. On the folder's first use it begins with a copy of that one.
    ///
    /// @param primary the data folder of the other, whose server runs
    /// @throws IllegalStateException if no server runs on the other folder, this folder has a
    ///   server that is no replica, or the server does not start
    public static EmbeddedPostgres startReplica(DataFolder folder, Path primary) {
        JdbcAddress source = source(primary);
        try {
            PostgresBinaries binaries = PostgresBinaries.unpacked();
            Path cluster = folder.path().resolve(CLUSTER);
            if (Files.isDirectory(cluster)) {
                stopLeftBehind(cluster);
                if (!ReplicaCluster.isIn(cluster)) {
                    throw new IllegalStateException(
                            "%s has a database of its own, which may have been a replica's before it was promoted; choose an empty folder for a replica"
                                    .formatted(folder.path()));
                }
                ReplicaCluster.follow(cluster, source);
            } else {
                ReplicaCluster.copy(
                        binaries, primary.resolve(CLUSTER), source, folder.path(), cluster);
            }
            String password = String.valueOf(source.password());
            folder.write(PASSWORD, password);
            return launched(binaries, folder, password);
        } catch (IOException e) {
            throw new UncheckedIOException("the replica could not be started: " + e, e);
        } catch (SQLException e) {
            throw new IllegalStateException(
                    "the server %s could not be copied: %s".formatted(source, e.getMessage()), e);
        }
    }

    /// Has a replica go on with its primary where that is now: a primary that was started again has
    /// another port.
    ///
    /// @throws IllegalStateException if no server runs on the primary's folder, or this one is out
    ///   of reach
    public void follow(Path primary) {
        JdbcAddress source = source(primary);
        try (Connection connection = address.connect();
                Statement statement = connection.createStatement()) {
            ReplicaCluster.follow(postmaster.cluster(), source);
            statement.execute("SELECT pg_reload_conf()");
        } catch (IOException | SQLException e) {
            throw new IllegalStateException(
                    "the replica %s cannot follow %s: %s"
                            .formatted(address, source, e.getMessage()),
                    e);
        }
    }

    private static JdbcAddress source(Path primary) {
        return running(primary)
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "no database server runs on %s, which a replica could follow; start that one first"
                                                .formatted(primary)));
    }

    private static void stopLeftBehind(Path cluster) throws IOException {
        Optional<Postmaster> leftBehind = Postmaster.on(cluster);
        if (leftBehind.isPresent()) {
            stop(watch(leftBehind.get()), leftBehind.get());
        }
    }

    private static EmbeddedPostgres launched(
            PostgresBinaries binaries, DataFolder folder, String password) throws IOException {
        Path cluster = folder.path().resolve(CLUSTER);
        launch(binaries, cluster, folder.path().resolve(LOG));
        Postmaster postmaster =
                Postmaster.on(cluster)
                        .orElseThrow(() -> new IllegalStateException("PostgreSQL stopped at once"));
        return new EmbeddedPostgres(address(postmaster, password), postmaster, watch(postmaster));
    }

    /// Whether a server has been on the folder before.
    public static boolean isIn(Path folder) {
        return Files.isDirectory(folder.resolve(CLUSTER));
    }

    /// The server that another process runs on the folder; empty if there is none.
    public static Optional<JdbcAddress> running(Path folder) {
        return DataFolder.read(folder, PASSWORD)
                .flatMap(
                        password ->
                                Postmaster.on(folder.resolve(CLUSTER))
                                        .map(postmaster -> address(postmaster, password)));
    }

    public JdbcAddress address() {
        return address;
    }

    /// The server's first process; empty if it has ended.
    public Optional<ProcessHandle> process() {
        return Postmaster.on(postmaster.cluster())
                .filter(postmaster::equals)
                .flatMap(running -> ProcessHandle.of(running.pid()));
    }

    /// Stops the server and waits until it has.
    @Override
    public void close() {
        try {
            stop(watch, postmaster);
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL could not be stopped: " + e, e);
        }
    }

    private static JdbcAddress address(Postmaster postmaster, String password) {
        return new JdbcAddress(
                "jdbc:postgresql://127.0.0.1:%d/postgres".formatted(postmaster.port()),
                USER,
                password);
    }

    /// Makes the cluster beside its place and moves it there, so that it is there whole or not at
    /// all.
    private static void initialize(PostgresBinaries binaries, Path cluster, Path folder)
            throws IOException {
        try (DirectoryStream<Path> unfinished = Files.newDirectoryStream(folder, "initdb-*")) {
            for (Path earlier : unfinished) {
                PostgresBinaries.delete(earlier);
            }
        }
        Path draft = Files.createTempDirectory(folder, "initdb-");
        run(
                binaries.command(
                        "initdb",
                        List.of(
                                "--pgdata=" + draft,
                                "--username=" + USER,
                                "--pwfile=" + folder.resolve(PASSWORD),
                                "--auth=scram-sha-256",
                                "--encoding=UTF8",
                                "--locale-provider=builtin",
                                "--locale=C.UTF-8")),
                folder.resolve(LOG));
        Files.move(draft, cluster);
    }

    private static void launch(PostgresBinaries binaries, Path cluster, Path log)
            throws IOException {
        Files.deleteIfExists(log);
        StringBuilder options = new StringBuilder("-p ").append(port(cluster.resolveSibling(PORT)));
        SETTINGS.forEach((name, value) -> options.append(" -c %s='%s'".formatted(name, value)));
        run(
                binaries.command(
                        "pg_ctl",
                        List.of(
                                "start",
                                "--pgdata=" + cluster,
                                "--log=" + log,
                                "--wait",
                                "--timeout=600",
                                "--silent",
                                "--options=" + options)),
                log);
    }

    /// The port of the time before, if it is free, so that those who are connected find the server
    /// again.
    private static int port(Path kept) throws IOException {
        if (Files.exists(kept)) {
            try {
                return freePort(Integer.parseInt(Files.readString(kept).strip()));
            } catch (IOException _) {
                // someone else has it now
            }
        }
        int port = freePort(0);
        Files.writeString(kept, Integer.toString(port));
        return port;
    }

    private static int freePort(int wanted) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), wanted), 1);
            return socket.getLocalPort();
        }
    }

    static void run(List<String> command, Path log) throws IOException {
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                        .start();
        try {
            if (process.waitFor() != 0) {
                List<String> lines = Files.readAllLines(log);
                throw new IllegalStateException(
                        "%s failed; the end of %s says:%n%s"
                                .formatted(
                                        Path.of(command.getFirst()).getFileName(),
                                        log,
                                        String.join(
                                                System.lineSeparator(),
                                                lines.subList(
                                                        Math.max(0, lines.size() - 10),
                                                        lines.size()))));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while PostgreSQL was starting", e);
        }
    }

    private static Process watch(Postmaster postmaster) throws IOException {
        return new ProcessBuilder(
                        "sh", "-c", WATCH, "twofold-watch", Long.toString(postmaster.pid()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static void stop(Process watch, Postmaster postmaster) throws IOException {
        watch.getOutputStream().close();
        Instant deadline = Instant.now().plus(STOP);
        while (Postmaster.on(postmaster.cluster()).equals(Optional.of(postmaster))) {
            if (Instant.now().isAfter(deadline)) {
                throw new IllegalStateException(
                        "PostgreSQL, process %d, has not stopped within %d seconds; look at postgres.log in the data folder"
                                .formatted(postmaster.pid(), STOP.toSeconds()));
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    /// The server process that runs on a cluster, as its postmaster.pid tells.
    private record Postmaster(Path cluster, long pid, int port) {
        static Optional<Postmaster> on(Path cluster) {
            List<String> lines =
                    DataFolder.read(cluster, "postmaster.pid").stream()
                            .flatMap(String::lines)
                            .map(String::strip)
                            .toList();
            if (lines.size() < 4) {
                return Optional.empty();
            }
            Postmaster postmaster =
                    new Postmaster(
                            cluster, Long.parseLong(lines.get(0)), Integer.parseInt(lines.get(3)));
            return Optional.of(postmaster).filter(Postmaster::runs);
        }

        /// Tells the server from a stranger that was given the same process id later.
        private boolean runs() {
            return ProcessHandle.of(pid)
                    .flatMap(process -> process.info().commandLine())
                    .filter(line -> line.contains("postgres") && line.contains(cluster.toString()))
                    .isPresent();
        }
    }
}
