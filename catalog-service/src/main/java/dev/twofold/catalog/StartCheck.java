package dev.twofold.catalog;

import dev.twofold.catalog.RunningCatalog.Kafka;
import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.database.DatabaseUrl;
import dev.twofold.catalog.kafka.CatalogKafka;
import dev.twofold.kafka.Topics;
import dev.twofold.postgres.PostgresLog;
import dev.twofold.redis.RedisSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.postgresql.ds.PGSimpleDataSource;

/// What keeps a catalog from starting, as far as it can be told before: all of it, a sentence each.
public final class StartCheck {
    private static final Pattern REPLICA =
            Pattern.compile("jdbc:postgresql://[^/,?@]+/[^?@]*([?].*)?");
    private static final int OLDEST_SERVER = 14;
    private static final int CONNECT_SECONDS = 20;
    private static final Duration BROKER_ANSWERS = Duration.ofSeconds(CONNECT_SECONDS);

    private StartCheck() {}

    public static List<String> of(Settings settings) {
        List<String> wrong = new ArrayList<>();
        port(settings).ifPresent(wrong::add);
        wrong.addAll(options(settings));
        if (settings.postgres() != null && DatabaseUrl.fault(settings.postgres()).isEmpty()) {
            database(settings, settings.postgres()).ifPresent(wrong::add);
        }
        // a node that does all goes on without a broker, and catches up
        if (settings.kafka() != null && settings.role() != Role.ALL) {
            brokers(settings, settings.kafka()).ifPresent(wrong::add);
        }
        return wrong;
    }

    /// What is wrong with the options by themselves, whatever is in reach.
    public static List<String> options(Settings settings) {
        List<String> wrong = new ArrayList<>();
        if (!settings.keepAnswers().isPositive()) {
            wrong.add("--keep-answers is above zero, but was " + settings.keepAnswers());
        }
        boolean hasItsOwn = settings.role() == Role.QUERY && settings.isFedByKafka();
        boolean alone = settings.role() == Role.ALL || hasItsOwn;
        if (!alone && settings.postgres() == null) {
            wrong.add(
                    "--role %s needs --database-url, as a node shares its database with others"
                            .formatted(settings.role()));
        }
        if (settings.postgres() != null) {
            DatabaseUrl.fault(settings.postgres())
                    .ifPresent(fault -> wrong.add("--database-url: " + fault));
        }
        if (settings.redis() != null) {
            redis(settings.redis()).ifPresent(wrong::add);
        }
        if (settings.kafka() != null) {
            wrong.addAll(kafka(settings, settings.kafka()));
        } else if (settings.role() == Role.RELAY) {
            wrong.add("--role relay needs --kafka, the addresses of the brokers that it relays to");
        }
        wrong.addAll(replicas(settings));
        if (settings.isFedByKafka() && !settings.replicas().isEmpty()) {
            wrong.add(
                    "--replica is for nodes on the log's database; one with --feed kafka has its"
                            + " views to itself");
        }
        return wrong;
    }

    /// Whether a replica is in reach, and still one, does not keep a node from starting: it may be
    /// lost at any other time as well.
    private static List<String> replicas(Settings settings) {
        List<String> wrong = new ArrayList<>();
        if (!settings.replicas().isEmpty() && !settings.role().answersQueries()) {
            wrong.add(
                    "--replica is for nodes that answer queries, which the role %s does not"
                            .formatted(settings.role()));
        }
        for (String url : settings.replicas()) {
            if (!REPLICA.matcher(url).matches()) {
                wrong.add(
                        "--replica is jdbc:postgresql://HOST:PORT/DATABASE with one host, but was \"%s\""
                                .formatted(DatabaseUrl.withoutSecrets(url)));
            } else if (url.equals(settings.postgres())) {
                wrong.add("--replica is the same as --database-url, which is the primary's");
            }
        }
        Set<String> names = new HashSet<>();
        for (String url : settings.replicas()) {
            if (REPLICA.matcher(url).matches() && !names.add(DatabaseUrl.withoutSecrets(url))) {
                wrong.add("--replica %s is given twice".formatted(DatabaseUrl.withoutSecrets(url)));
            }
        }
        return wrong;
    }

    private static Optional<String> port(Settings settings) {
        if (settings.port() < 0 || settings.port() > 65_535) {
            return Optional.of("--port is 0 to 65535, but was " + settings.port());
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(settings.address(), settings.port()));
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(
                    "port %d is taken, or %s is no address of this machine (%s); choose another with --port, or any free one with --port 0"
                            .formatted(
                                    settings.port(),
                                    settings.address().getHostAddress(),
                                    e.getMessage()));
        }
    }

    private static Optional<String> database(Settings settings, String url) {
        Properties properties = new Properties();
        properties.setProperty("loginTimeout", Integer.toString(CONNECT_SECONDS));
        properties.setProperty("connectTimeout", Integer.toString(CONNECT_SECONDS));
        try (Connection connection = DriverManager.getConnection(url, properties)) {
            int version = connection.getMetaData().getDatabaseMajorVersion();
            if (version < OLDEST_SERVER) {
                return Optional.of(
                        "the database server is PostgreSQL %d, but must be %d or later"
                                .formatted(version, OLDEST_SERVER));
            }
        } catch (SQLException e) {
            return Optional.of(
                    "the database %s of --database-url is out of reach: %s"
                            .formatted(DatabaseUrl.withoutSecrets(url), e.getMessage()));
        }
        return log(settings, url);
    }

    /// A database has a log, or views of one that is elsewhere.
    private static Optional<String> log(Settings settings, String url) {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setUrl(url);
        if (!PostgresLog.exists(database)) {
            return Optional.empty();
        }
        boolean follows = PostgresLog.follows(database);
        if (follows && !settings.isFedByKafka()) {
            return Optional.of(
                    "the database %s of --database-url keeps the views of a node that is fed by Kafka, and has no log; name that of the log, or say --role query --feed kafka"
                            .formatted(DatabaseUrl.withoutSecrets(url)));
        }
        return Optional.empty();
    }

    private static Optional<String> redis(String uri) {
        try {
            RedisSettings.of(uri, "catalog");
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of("--redis: " + e.getMessage());
        }
    }

    private static List<String> kafka(Settings settings, Kafka kafka) {
        List<String> wrong = new ArrayList<>();
        if (kafka.feed() == Feed.KAFKA && settings.role() != Role.QUERY) {
            wrong.add(
                    "--feed kafka is for --role query, but the role is %s: what takes commands or relays them needs the log itself"
                            .formatted(settings.role()));
        }
        if (kafka.feed() == Feed.DATABASE && !settings.role().relays()) {
            wrong.add(
                    "--kafka says nothing to a node with --role %s%s; leave it out"
                            .formatted(
                                    settings.role(),
                                    settings.role() == Role.QUERY
                                            ? " and without --feed kafka"
                                            : ""));
        }
        try {
            Topics.one(kafka.topic());
        } catch (IllegalArgumentException e) {
            wrong.add("--kafka-topic: " + e.getMessage());
        }
        return wrong;
    }

    private static Map<String, String> client(Settings settings) {
        return settings.properties().entrySet().stream()
                .filter(one -> one.getKey().startsWith(CatalogKafka.CLIENT))
                .collect(
                        Collectors.toMap(
                                one -> one.getKey().substring(CatalogKafka.CLIENT.length()),
                                Map.Entry::getValue));
    }

    private static Optional<String> brokers(Settings settings, Kafka kafka) {
        // which topic is of no account here
        CatalogKafka clients =
                new CatalogKafka(kafka.bootstrap(), Topics.one(Kafka.TOPIC), client(settings));
        try {
            return clients.fault(BROKER_ANSWERS).map(fault -> "--kafka: " + fault);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted before a broker answered");
        }
    }
}
