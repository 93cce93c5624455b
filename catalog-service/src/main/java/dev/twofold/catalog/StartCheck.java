package dev.twofold.catalog;

import dev.twofold.catalog.RunningCatalog.Settings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;

/// What keeps a catalog from starting, as far as it can be told before: all of it, a sentence each.
public final class StartCheck {
    private static final String POSTGRES = "jdbc:postgresql:";
    private static final Pattern REPLICA =
            Pattern.compile("jdbc:postgresql://[^/,?]+/[^?]*([?].*)?");
    private static final int OLDEST_SERVER = 14;
    private static final String CONNECT_SECONDS = "5";

    private StartCheck() {}

    public static List<String> of(Settings settings) {
        List<String> wrong = new ArrayList<>();
        port(settings).ifPresent(wrong::add);
        if (!settings.keepAnswers().isPositive()) {
            wrong.add("--keep-answers is above zero, but was " + settings.keepAnswers());
        }
        if (settings.role() != Role.ALL && settings.postgres() == null) {
            wrong.add(
                    "--role %s needs --database-url, as a node shares its database with others"
                            .formatted(settings.role()));
        }
        if (settings.postgres() != null) {
            database(settings.postgres()).ifPresent(wrong::add);
        }
        wrong.addAll(replicas(settings));
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
                                .formatted(withoutSecrets(url)));
            } else if (url.equals(settings.postgres())) {
                wrong.add("--replica is the same as --database-url, which is the primary's");
            }
        }
        Set<String> names = new HashSet<>();
        for (String url : settings.replicas()) {
            if (!names.add(withoutSecrets(url))) {
                wrong.add("--replica %s is given twice".formatted(withoutSecrets(url)));
            }
        }
        return wrong;
    }

    private static String withoutSecrets(String url) {
        return url.replaceAll("[?].*", "");
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

    private static Optional<String> database(String url) {
        if (!url.startsWith(POSTGRES)) {
            return Optional.of(
                    "--database-url begins with %s, but was \"%s\"".formatted(POSTGRES, url));
        }
        Properties properties = new Properties();
        properties.setProperty("loginTimeout", CONNECT_SECONDS);
        properties.setProperty("connectTimeout", CONNECT_SECONDS);
        try (Connection connection = DriverManager.getConnection(url, properties)) {
            int version = connection.getMetaData().getDatabaseMajorVersion();
            return version >= OLDEST_SERVER
                    ? Optional.empty()
                    : Optional.of(
                            "the database server is PostgreSQL %d, but must be %d or later"
                                    .formatted(version, OLDEST_SERVER));
        } catch (SQLException e) {
            return Optional.of(
                    "the database %s of --database-url is out of reach: %s"
                            .formatted(withoutSecrets(url), e.getMessage()));
        }
    }
}
