package dev.twofold.catalog;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.catalog.access.ApiKeys;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.EmbeddedPostgres;
import dev.twofold.catalog.database.EmbeddedPostgres.JdbcAddress;
import dev.twofold.catalog.http.Exposure;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/// A catalog at work: its HTTP server, its projections, and its database if that is its own.
public final class RunningCatalog implements AutoCloseable {
    private static final int CONNECTIONS = 16;

    private final ConfigurableApplicationContext context;
    private final URI address;
    private final FutureTask<Database> database;

    private RunningCatalog(
            ConfigurableApplicationContext context, URI address, FutureTask<Database> database) {
        this.context = context;
        this.address = address;
        this.database = database;
    }

    /// Where a catalog listens and keeps its log.
    ///
    /// @param port 0 for any free one
    /// @param address an IP address; beyond loopback, changes need a key
    /// @param postgres a JDBC URL; null for a server of the catalog's own on the data folder
    /// @param keepAnswers how long the answer to a request with an idempotency key is kept
    /// @param readOnly whether commands are refused
    /// @param redis the URI of a Redis in which nodes share what they answer; null for none
    /// @param kafka brokers to which the log is relayed, or from which the views are fed; null for
    ///   none
    /// @param properties what else is set, by name, such as `catalog.access.public-read`
    public record Settings(
            int port,
            InetAddress address,
            @Nullable String postgres,
            Duration keepAnswers,
            boolean readOnly,
            @Nullable String redis,
            Role role,
            @Nullable Kafka kafka,
            Map<String, String> properties) {
        public static final Duration KEEP_ANSWERS = Duration.ofDays(7);
        private static final String REPLICA = "twofold.replicas.urls[%d]";

        public Settings {
            properties = Map.copyOf(properties);
        }

        /// A node that does everything, without a Redis.
        public Settings(
                int port,
                InetAddress address,
                @Nullable String postgres,
                Duration keepAnswers,
                boolean readOnly) {
            this(port, address, postgres, keepAnswers, readOnly, null, Role.ALL, null, Map.of());
        }

        /// On loopback, with a database server of the catalog's own.
        public static Settings local(int port) {
            return new Settings(
                    port, InetAddress.ofLiteral("127.0.0.1"), null, KEEP_ANSWERS, false);
        }

        /// The same with a PostgreSQL of one's own, if a URL is given.
        public Settings on(@Nullable String url) {
            return new Settings(
                    port, address, url, keepAnswers, readOnly, redis, role, kafka, properties);
        }

        /// The same with what it answers shared in a Redis, if a URI is given.
        public Settings sharing(@Nullable String uri) {
            return new Settings(
                    port, address, postgres, keepAnswers, readOnly, uri, role, kafka, properties);
        }

        /// The same in a role.
        public Settings as(Role other) {
            return new Settings(
                    port,
                    address,
                    postgres,
                    keepAnswers,
                    readOnly,
                    redis,
                    other,
                    kafka,
                    properties);
        }

        /// The same with brokers, if there are any.
        public Settings with(@Nullable Kafka brokers) {
            return new Settings(
                    port,
                    address,
                    postgres,
                    keepAnswers,
                    readOnly,
                    redis,
                    role,
                    brokers,
                    properties);
        }

        /// The same with more properties.
        public Settings with(Map<String, String> added) {
            Map<String, String> more = new HashMap<>(properties);
            more.putAll(added);
            return new Settings(
                    port, address, postgres, keepAnswers, readOnly, redis, role, kafka, more);
        }

        /// The same with queries answered from replicas of the database too, by their JDBC URLs.
        public Settings reading(List<String> replicas) {
            Map<String, String> added = new HashMap<>();
            for (int i = 0; i < replicas.size(); i++) {
                added.put(REPLICA.formatted(i), replicas.get(i));
            }
            return with(added);
        }

        /// The replicas in these settings.
        public List<String> replicas() {
            return Stream.iterate(0, i -> i + 1)
                    .map(REPLICA::formatted)
                    .map(properties::get)
                    .takeWhile(Objects::nonNull)
                    .toList();
        }

        /// The same with one property more.
        public Settings with(String name, String value) {
            return with(Map.of(name, value));
        }

        /// Whether the views get the events from Kafka.
        boolean isFedByKafka() {
            return kafka != null && kafka.feed == Feed.KAFKA;
        }

        /// All that is set, as Spring Boot takes it from a command line: nothing in the environment
        /// or in a file, the catalog's own included, comes before that. So no variable that happens
        /// to be there opens an address that these settings take for closed.
        private String[] arguments() {
            return all().entrySet().stream()
                    .map(property -> "--%s=%s".formatted(property.getKey(), property.getValue()))
                    .toArray(String[]::new);
        }

        private Map<String, Object> all() {
            Map<String, Object> all = new HashMap<>(properties);
            all.put("server.port", port);
            all.put("server.address", address.getHostAddress());
            // what is amiss is for operators, who alone reach loopback
            all.put(
                    "management.endpoint.health.show-details",
                    address.isLoopbackAddress() ? "always" : "never");
            if (role == Role.COMMAND) {
                // without its database it does nothing; others answer from what they have
                all.putIfAbsent(
                        "management.endpoint.health.group.readiness.include",
                        "readinessState,database");
            }
            all.put("twofold.projections.enabled", role.answersQueries());
            all.put("catalog.keep-answers", keepAnswers);
            all.put("catalog.read-only", readOnly);
            all.put("catalog.redis", redis == null ? "" : redis);
            all.put("catalog.kafka.relays", kafka != null && role.relays());
            all.put("catalog.kafka.feeds", isFedByKafka());
            if (kafka != null) {
                all.put("catalog.kafka.bootstrap", kafka.bootstrap);
                all.put("catalog.kafka.topic", kafka.topic);
            }
            return all;
        }
    }

    /// Brokers, and what they are for.
    ///
    /// @param bootstrap addresses, `host:port` with commas between
    /// @param topic the topic of the catalog's log, and what the names of others begin with
    /// @param feed where the views get the events from; a node that relays them has the log itself
    public record Kafka(String bootstrap, String topic, Feed feed) {
        public static final String TOPIC = "catalog";
    }

    /// Starts a catalog, and returns when it answers, and has taken in the log up to where it ended
    /// when it was started.
    ///
    /// @param tell gets what the operator must know, line by line
    /// @throws IllegalStateException if it cannot start; the message says why and what to do
    public static RunningCatalog start(
            DataFolder folder, Settings settings, Consumer<String> tell) {
        LoggerFactory.getILoggerFactory(); // made by one thread, before there are two
        FutureTask<Database> database = new FutureTask<>(() -> Database.open(folder, settings));
        // the database server and the application start side by side
        Thread.ofVirtual().name("catalog-database").start(database);
        SpringApplication application = new SpringApplication(CatalogService.class);
        application.setBannerMode(Banner.Mode.OFF);
        application.setLogStartupInfo(false);
        application.setRegisterShutdownHook(false);
        application.addListeners(new Listening(settings, folder));
        application.addInitializers(
                context -> {
                    GenericApplicationContext beans = (GenericApplicationContext) context;
                    beans.registerBean(DataFolder.class, () -> folder);
                    beans.registerBean(Role.class, () -> settings.role);
                    beans.registerBean(
                            HikariDataSource.class, () -> result(database).connections());
                    beans.registerBean(
                            Exposure.class,
                            () -> new Exposure(!settings.address.isLoopbackAddress()));
                });
        try {
            ConfigurableApplicationContext context = application.run(settings.arguments());
            tellFirstKey(context, tell);
            return new RunningCatalog(context, address(server(context), settings), database);
        } catch (RuntimeException e) {
            stop(database);
            throw diagnosis(e);
        }
    }

    public URI address() {
        return address;
    }

    /// One of the parts that it is made of.
    <T> T part(Class<T> type) {
        return context.getBean(type);
    }

    /// What takes its requests.
    WebServer server() {
        return server(context);
    }

    private static WebServer server(ConfigurableApplicationContext context) {
        return Objects.requireNonNull(((WebServerApplicationContext) context).getWebServer());
    }

    /// All of its parts of a type.
    <T> Collection<T> parts(Class<T> type) {
        return context.getBeansOfType(type).values();
    }

    /// Lets requests at hand end, and stops.
    @Override
    public void close() {
        context.close();
        stop(database);
    }

    private static void tellFirstKey(
            ConfigurableApplicationContext context, Consumer<String> tell) {
        context.getBean(ApiKeys.class)
                .createFirst()
                .ifPresent(
                        key ->
                                tell.accept(
                                        "The operator's key, shown this once: %s (send it as \"Authorization: Bearer KEY\")"
                                                .formatted(key)));
    }

    /// Tells where the catalog listens as soon as it does; it may not be ready by then.
    private record Listening(Settings settings, DataFolder folder)
            implements ApplicationListener<WebServerInitializedEvent> {
        @Override
        public void onApplicationEvent(WebServerInitializedEvent event) {
            folder.publish(address(event.getWebServer(), settings));
        }
    }

    private static URI address(WebServer server, Settings settings) {
        InetAddress address =
                settings.address.isAnyLocalAddress()
                        ? InetAddress.getLoopbackAddress()
                        : settings.address;
        String host = address.getHostAddress();
        return URI.create(
                "http://%s:%d"
                        .formatted(host.contains(":") ? "[" + host + "]" : host, server.getPort()));
    }

    private static <T> T result(FutureTask<T> task) {
        try {
            return task.get();
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNull(e.getCause());
            throw new IllegalStateException(cause.getMessage(), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the database was starting", e);
        }
    }

    private static void stop(FutureTask<Database> database) {
        Database open;
        try {
            open = result(database);
        } catch (IllegalStateException _) {
            return; // it did not start
        }
        open.close();
    }

    private static IllegalStateException diagnosis(RuntimeException e) {
        return Stream.<Throwable>iterate(e, cause -> cause != null, Throwable::getCause)
                .flatMap(
                        cause ->
                                switch (cause) {
                                    case PortInUseException taken ->
                                            Stream.of(
                                                    "port %d is taken; choose another with --port, or any free one with --port 0"
                                                            .formatted(taken.getPort()));
                                    case IllegalStateException plain
                                            when plain.getCause() == null
                                                    || plain.getStackTrace()[0]
                                                            .getClassName()
                                                            .equals(
                                                                    RunningCatalog.class
                                                                            .getName()) ->
                                            Stream.ofNullable(plain.getMessage());
                                    default -> Stream.<String>empty();
                                })
                .findFirst()
                .map(message -> new IllegalStateException(message, e))
                .orElseGet(() -> new IllegalStateException(e.getMessage(), e));
    }

    /// Connections to the log's database, and the server if it is the catalog's own.
    private record Database(HikariDataSource connections, @Nullable EmbeddedPostgres server) {

        static Database open(DataFolder folder, Settings settings) {
            if (settings.postgres != null) {
                return new Database(pool(new JdbcAddress(settings.postgres, null, null)), null);
            }
            EmbeddedPostgres server = EmbeddedPostgres.start(folder);
            try {
                return new Database(pool(server.address()), server);
            } catch (RuntimeException e) {
                server.close();
                throw e;
            }
        }

        private static HikariDataSource pool(JdbcAddress address) {
            HikariConfig config = new HikariConfig();
            config.setPoolName("catalog");
            config.setJdbcUrl(address.url());
            config.setUsername(address.user());
            config.setPassword(address.password());
            config.setMaximumPoolSize(CONNECTIONS);
            config.setAutoCommit(true);
            config.setConnectionTimeout(DatabasePatience.FOR_CONNECTION.toMillis());
            DatabasePatience.bound(config);
            return new HikariDataSource(config);
        }

        void close() {
            connections.close();
            if (server != null) {
                server.close();
            }
        }
    }
}
