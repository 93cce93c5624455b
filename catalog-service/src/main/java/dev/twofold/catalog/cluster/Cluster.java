package dev.twofold.catalog.cluster;

import com.sun.net.httpserver.HttpHandler;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.catalog.database.DataFolder.Claim.InUse;
import dev.twofold.catalog.database.EmbeddedPostgres;
import dev.twofold.catalog.database.EmbeddedPostgres.JdbcAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/// All parts of a catalog as processes on one machine: a PostgreSQL and its replica, a Kafka
/// broker, Redis, nodes of each role, and one address in front of them.
///
/// What it keeps is in one folder and lasts; one cluster at a time runs on a folder. Every process
/// ends when this one does. Everything listens on loopback. Safe for use by many threads.
public final class Cluster implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration START = Duration.ofMinutes(3);
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final DataFolder folder;
    private final Plan plan;
    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(1))
                    .build();
    private final Map<String, Part> parts = new LinkedHashMap<>();
    private final Map<String, Backend> backends = new LinkedHashMap<>();
    private final Map<String, String> done = new ConcurrentHashMap<>();
    private final Map<String, Integer> ports = new ConcurrentHashMap<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final DatabaseServer primary;
    private final DatabaseServer replica;
    private final List<DataFolder> folders = new ArrayList<>();
    private final Broker broker;
    private final Front front;
    private volatile boolean closing;

    /// Starts a cluster, and returns when each of its nodes is ready.
    ///
    /// @param port of the address in front; 0 for any free one
    /// @param tell gets what is being done, line by line
    /// @throws IllegalStateException if it cannot start; the message says why
    public static Cluster start(Path folder, int port, Consumer<String> tell) {
        return start(folder, port, tell, Plan.standard());
    }

    static Cluster start(Path folder, int port, Consumer<String> tell, Plan plan) {
        return switch (DataFolder.claim(folder)) {
            case InUse inUse -> throw new IllegalStateException(inUse.diagnosis());
            case Held(var held) -> {
                Cluster cluster;
                try {
                    cluster = new Cluster(held, port, plan);
                } catch (RuntimeException e) {
                    held.close();
                    throw e;
                }
                try {
                    cluster.launch(tell);
                    yield cluster;
                } catch (RuntimeException e) {
                    cluster.close();
                    throw e;
                }
            }
        };
    }

    private Cluster(DataFolder folder, int port, Plan plan) {
        this.folder = folder;
        this.plan = plan;
        this.primary = new DatabaseServer("primary", claim("primary"), EmbeddedPostgres::start);
        Path source = primary.folder().path();
        this.replica =
                new DatabaseServer(
                        "replica",
                        claim("replica"),
                        place -> EmbeddedPostgres.startReplica(place, source));
        add(primary);
        add(replica);
        this.broker = Broker.on(claim("broker"), plan, log("broker"));
        add(new Program("broker", "broker", broker::command, Map.of(), log("broker")));
        ports.put("broker", broker.port());
        Optional<Path> redis = plan.libraries().redis(folder.path());
        redis.ifPresent(this::addRedis);
        addNode("command-1", "command", List.of("--role", "command"));
        addNode("command-2", "command", List.of("--role", "command"));
        addNode("relay-1", "relay", List.of("--role", "relay", "--kafka", broker.forRelays()));
        addNode("relay-2", "relay", List.of("--role", "relay", "--kafka", broker.forRelays()));
        addNode("query-log", "query", List.of("--role", "query"));
        addNode(
                "query-kafka",
                "query",
                List.of("--role", "query", "--feed", "kafka", "--kafka", broker.forQueries()));
        try {
            this.front = new Front(port, backends("command"), backends("query"));
        } catch (IOException e) {
            throw new IllegalStateException(
                    "port %d is taken (%s); choose another with --port, or any free one with --port 0"
                            .formatted(port, e.getMessage()),
                    e);
        }
    }

    private void addRedis(Path program) {
        int port = port("redis");
        ports.put("redis", port);
        List<String> command =
                List.of(
                        program.toString(),
                        "--bind",
                        "127.0.0.1",
                        "--port",
                        Integer.toString(port),
                        "--save",
                        "",
                        "--maxmemory",
                        "128mb",
                        "--maxmemory-policy",
                        "allkeys-lru");
        add(new Program("redis", "redis", () -> command, Map.of(), log("redis")));
    }

    private void addNode(String name, String role, List<String> options) {
        Path data = folder.path().resolve(name);
        Program program =
                new Program(
                        name,
                        role,
                        () -> command(name, data, options),
                        Map.of("PGPASSFILE", folder.path().resolve("pgpass").toString()),
                        log(name));
        add(program);
        backends.put(name, new Backend(client, program, data));
    }

    private List<String> command(String name, Path data, List<String> options) {
        List<String> all = new ArrayList<>(List.of("--port", "0", "--data", data.toString()));
        all.addAll(options);
        if (!name.equals("query-kafka")) {
            all.addAll(List.of("--database-url", url(name, primary)));
        }
        if (name.equals("query-log")) {
            all.addAll(List.of("--replica", url(name, replica)));
        }
        Integer redis = ports.get("redis");
        if (redis != null && name.startsWith("query")) {
            int way = plan.ways().way(name, "redis", redis);
            all.addAll(List.of("--redis", "redis://127.0.0.1:" + way));
        }
        return JavaCommand.catalog(plan.java(), all.toArray(String[]::new));
    }

    /// Without the password, which others on the machine could see in the list of processes.
    private String url(String from, DatabaseServer server) {
        JdbcAddress address = server.address();
        URI uri = URI.create(address.url().substring("jdbc:".length()));
        return "jdbc:postgresql://%s:%d%s?user=%s%s"
                .formatted(
                        uri.getHost(),
                        plan.ways().way(from, server.name(), uri.getPort()),
                        uri.getPath(),
                        address.user(),
                        plan.database());
    }

    private void add(Part part) {
        parts.put(part.name(), part);
    }

    private DataFolder claim(String name) {
        return switch (DataFolder.claim(folder.path().resolve(name))) {
            case InUse inUse -> throw new IllegalStateException(inUse.diagnosis());
            case Held(var held) -> {
                folders.add(held);
                yield held;
            }
        };
    }

    private Path log(String name) {
        return folder.path().resolve(name + ".log");
    }

    /// A port that stays the same from one start to the next.
    private int port(String name) {
        Optional<String> kept = folder.read(name + "-port");
        int port = kept.map(Integer::parseInt).orElseGet(Ports::free);
        folder.write(name + "-port", Integer.toString(port));
        return port;
    }

    private List<Backend> backends(String role) {
        return backends.values().stream()
                .filter(backend -> backend.part().role().equals(role))
                .toList();
    }

    private void launch(Consumer<String> tell) {
        tell.accept("Starting PostgreSQL, its replica, and Kafka…");
        primary.start();
        start("broker");
        start("redis");
        replica.start();
        folder.write("pgpass", "127.0.0.1:*:*:%s".formatted(credentials()));
        await("broker", () -> Ports.answers(broker.port()));
        tell.accept("Starting the nodes…");
        Thread.ofVirtual().name("cluster-look").start(this::look);
        for (String name : List.of("command-1", "relay-1")) {
            start(name);
        }
        // the first ones make the tables and the topic
        await("command-1", () -> isReady("command-1"));
        for (String name : List.of("command-2", "relay-2", "query-log")) {
            start(name);
        }
        await("relay-1", () -> isReady("relay-1"));
        start("query-kafka");
        for (String name : backends.keySet()) {
            await(name, () -> isReady(name));
        }
        folder.publish(front.address());
    }

    private String credentials() {
        JdbcAddress address = primary.address();
        return "%s:%s".formatted(address.user(), address.password());
    }

    private void start(String name) {
        Part part = parts.get(name);
        if (part != null) {
            part.start();
        }
    }

    /// Whether the address in front sends requests to a node.
    boolean isReady(String node) {
        Backend backend = backends.get(node);
        return backend != null && backend.isReady();
    }

    private void await(String name, BooleanSupplier condition) {
        long deadline = System.nanoTime() + START.toNanos();
        while (!condition.getAsBoolean()) {
            Part part = parts.get(name);
            boolean gone = part == null || part.processes().isEmpty();
            if (Thread.interrupted()) {
                throw new IllegalStateException("stopped while it was starting");
            }
            if (gone || System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "%s %s; the end of %s says:%n%s"
                                .formatted(
                                        name,
                                        gone ? "has ended" : "is not ready after " + START,
                                        log(name),
                                        tail(log(name))));
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
    }

    private static String tail(Path log) {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join(
                    System.lineSeparator(),
                    lines.subList(Math.max(0, lines.size() - 10), lines.size()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Finds out, again and again, which nodes take requests.
    private void look() {
        try {
            do {
                List<Thread> looks =
                        backends.values().stream()
                                .map(
                                        backend ->
                                                Thread.ofVirtual()
                                                        .name(
                                                                "cluster-look-"
                                                                        + backend.part().name())
                                                        .start(() -> look(backend)))
                                .toList();
                for (Thread look : looks) {
                    look.join();
                }
            } while (!stopped.await(LOOK.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void look(Backend backend) {
        try {
            backend.look();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// The address in front of all nodes.
    public URI address() {
        return front.address();
    }

    /// Where a node listens, ready or not; empty if it does not say, or there is no such node.
    Optional<URI> address(String node) {
        return Optional.ofNullable(backends.get(node)).flatMap(Backend::address);
    }

    /// A database server's address, past all that may lie on the ways of the nodes.
    JdbcAddress database(String name) {
        return (name.equals("replica") ? replica : primary).address();
    }

    /// The broker's, likewise.
    String broker() {
        return broker.direct();
    }

    /// Has the address in front answer for a path itself.
    void answer(String path, HttpHandler handler) {
        front.answer(path, handler);
    }

    /// What is kept in the folder, so that those who may read it may steer.
    String secret() {
        return folder.secret("control-secret");
    }

    /// Kills a part, as `kill -9` does.
    ///
    /// @param name a part's, or a role, which stands for the one of its parts that is at work
    /// @throws IllegalArgumentException if there is none of this name
    /// @throws IllegalStateException if it does not run
    public synchronized String kill(String name) throws InterruptedException {
        Part part = atWork(name);
        requireRunning(part);
        done.put(part.name(), "killed");
        part.kill();
        return part.name();
    }

    /// Suspends a part, which keeps its connections and says nothing more.
    ///
    /// @throws IllegalArgumentException if there is none of this name
    /// @throws IllegalStateException if it does not run
    public synchronized String pause(String name) throws InterruptedException {
        Part part = atWork(name);
        requireRunning(part);
        done.put(part.name(), "paused");
        part.pause();
        return part.name();
    }

    /// Has a part go on that was suspended, or starts it again after it was killed.
    ///
    /// @param name a part's, or a role, which stands for all of its parts that are not at work
    /// @return the names of those that are at work again
    /// @throws IllegalArgumentException if there is none of this name
    public synchronized List<String> restore(String name) {
        List<String> restored = new ArrayList<>();
        for (Part part : named(name)) {
            boolean paused = "paused".equals(done.remove(part.name()));
            if (paused) {
                part.resume();
                restored.add(part.name());
            } else if (part.processes().isEmpty()) {
                part.start();
                restored.add(part.name());
            }
        }
        return restored;
    }

    private static void requireRunning(Part part) {
        if (part.processes().isEmpty()) {
            throw new IllegalStateException(
                    "%s does not run; bring it back with \"restore %s\""
                            .formatted(part.name(), part.name()));
        }
    }

    private List<Part> named(String name) {
        List<Part> found =
                parts.values().stream()
                        .filter(part -> part.name().equals(name) || part.role().equals(name))
                        .toList();
        if (found.isEmpty()) {
            throw new IllegalArgumentException(
                    "there is no part \"%s\"; there are %s".formatted(name, parts.keySet()));
        }
        return found;
    }

    private Part atWork(String name) throws InterruptedException {
        List<Part> found =
                named(name).stream()
                        .filter(part -> found(part, name) || !part.processes().isEmpty())
                        .filter(part -> !"paused".equals(done.get(part.name())))
                        .toList();
        if (found.isEmpty()) {
            throw new IllegalStateException(
                    "no part \"%s\" is at work; bring one back with \"restore %s\""
                            .formatted(name, name));
        }
        for (Part part : found) {
            Backend backend = backends.get(part.name());
            if (backend != null && note(backend.health()).equals("active")) {
                return part;
            }
        }
        return found.getFirst();
    }

    private static boolean found(Part part, String name) {
        return part.name().equals(name);
    }

    /// What there is to say of each part now.
    public List<Row> rows() throws InterruptedException {
        long head = head(primary);
        List<Row> rows = new ArrayList<>();
        for (Part part : parts.values()) {
            rows.add(row(part, head));
        }
        return rows;
    }

    private Row row(Part part, long head) throws InterruptedException {
        List<ProcessHandle> processes = part.processes();
        long pid = processes.isEmpty() ? 0 : processes.getFirst().pid();
        Backend backend = backends.get(part.name());
        String what = done.get(part.name());
        if (what != null || processes.isEmpty()) {
            return new Row(
                    part.name(), part.role(), what == null ? "ended" : what, pid, "", -1, -1, "");
        }
        if (backend != null) {
            return row(backend, pid, head);
        }
        if (part instanceof DatabaseServer server) {
            long position = server == primary ? head : head(server);
            return new Row(
                    part.name(),
                    part.role(),
                    position < 0 ? "starting" : "ready",
                    pid,
                    server.address().url().replaceAll("jdbc:postgresql://|/.*", ""),
                    position,
                    lag(head, position),
                    "");
        }
        int port = ports.getOrDefault(part.name(), 0);
        return new Row(
                part.name(),
                part.role(),
                Ports.answers(port) ? "ready" : "starting",
                pid,
                "127.0.0.1:" + port,
                -1,
                -1,
                "");
    }

    private static Row row(Backend backend, long pid, long head) throws InterruptedException {
        JsonNode health = backend.health();
        long position = position(health);
        String note = note(health);
        String status = health.path("status").asString("");
        return new Row(
                backend.part().name(),
                backend.part().role(),
                backend.isReady() ? "ready" : "starting",
                pid,
                backend.address().map(URI::toString).orElse(""),
                position,
                lag(head, position),
                status.isEmpty() || status.equals("UP")
                        ? note
                        : Stream.of(note, status.toLowerCase(Locale.ROOT))
                                .filter(text -> !text.isEmpty())
                                .collect(Collectors.joining(", ")));
    }

    private static long lag(long head, long position) {
        return head < 0 || position < 0 ? -1 : Math.max(0, head - position);
    }

    /// `active` or `standby` for a relay.
    private static String note(JsonNode health) {
        return health.path("components").path("relay").path("details").path("state").asString("");
    }

    /// Up to where the topics have the log, for a relay; or the views that are behind most.
    private static long position(JsonNode health) {
        JsonNode components = health.path("components");
        JsonNode relay = components.path("relay").path("details").path("position");
        if (!relay.isMissingNode()) {
            return relay.longValue();
        }
        boolean queries = !components.path("feed").isMissingNode();
        JsonNode partitions = components.path("projections").path("details").path("partitions");
        return StreamSupport.stream(partitions.spliterator(), false)
                .filter(
                        one ->
                                queries
                                        || !one.path("projection")
                                                .asString("")
                                                .equals("product-tables"))
                .filter(one -> one.path("role").asString("").equals("serving"))
                .mapToLong(one -> one.path("position").longValue())
                .min()
                .orElse(-1);
    }

    private static long head(DatabaseServer server) {
        try (Connection connection = server.address().connect(PATIENCE);
                Statement statement = connection.createStatement()) {
            try (ResultSet row =
                    statement.executeQuery(
                            "SELECT coalesce(max(position), 0) FROM twofold.event")) {
                row.next();
                return row.getLong(1);
            }
        } catch (SQLException | IllegalStateException _) {
            return -1;
        }
    }

    /// Returns once [#stop] was called.
    public void awaitStop() throws InterruptedException {
        stopped.await();
    }

    /// Has [#awaitStop] return.
    void stop() {
        stopped.countDown();
    }

    /// Stops all parts in order, those that others depend on last.
    @Override
    public void close() {
        if (closing) {
            return;
        }
        closing = true;
        stop();
        front.close();
        parts.values().stream()
                .filter(part -> "paused".equals(done.get(part.name())))
                .forEach(Part::resume);
        List<Thread> stopping =
                backends.values().stream()
                        .map(backend -> Thread.ofVirtual().start(backend.part()::close))
                        .toList();
        for (Thread one : stopping) {
            try {
                one.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        parts.values().stream().toList().reversed().forEach(Part::close);
        client.close();
        folders.forEach(DataFolder::close);
        folder.close();
    }
}
