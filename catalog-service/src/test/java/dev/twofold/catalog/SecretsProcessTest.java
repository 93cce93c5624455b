package dev.twofold.catalog;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.cluster.Ports;
import dev.twofold.testkit.TestKafka;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.embedded.RedisServer;

/// A node that logs all that it and its libraries have to say, and is given passwords of a
/// database, a Redis and a broker, right ones and wrong ones.
@Timeout(600)
class SecretsProcessTest {
    private static final String DATABASE = "database-pass-7Kq2";
    private static final String REDIS = "redis-pass-9Xw4";
    private static final String KAFKA = "kafka-pass-3Vn8";
    private static final String WRONG = "wrong-pass-5Jd1";

    private static final int REDIS_PORT = Ports.free();

    private static TestPostgres.Database database;
    private static RedisServer redis;
    private static TestKafka broker;

    @TempDir Path temp;

    private final List<CatalogNode> started = new ArrayList<>();

    @BeforeAll
    static void startServersThatLetNobodyInWithoutPassword() throws Exception {
        broker = TestKafka.startFor("teller", KAFKA);
        redis =
                RedisServer.newRedisServer()
                        .port(REDIS_PORT)
                        .setting("save \"\"")
                        .setting("requirepass " + REDIS)
                        .build();
        redis.start();
        database = TestPostgres.database();
        execute("CREATE ROLE teller SUPERUSER LOGIN PASSWORD '%s'".formatted(DATABASE));
        Path rules = Path.of(ask("SHOW hba_file"));
        Files.writeString(rules, "host all teller all scram-sha-256\n" + Files.readString(rules));
        execute("SELECT pg_reload_conf()");
    }

    @AfterAll
    static void stopServers() throws IOException {
        broker.close();
        redis.stop();
    }

    @AfterEach
    void stop() {
        started.forEach(node -> node.process().destroyForcibly());
    }

    @Test
    void no_output_and_no_file_has_a_password_that_is_right() throws Exception {
        CatalogNode node = launch("right", DATABASE, DATABASE, REDIS, KAFKA);
        node.getAfter(node.create("right"), "/products/right");
        String webhook =
                CatalogNode.json(node.post("/webhooks", "{\"url\": \"http://127.0.0.1:1/hook\"}"))
                        .path("secret")
                        .asString();
        assertThat(webhook).startsWith("whsec_");
        Awaitility.await("each lets it in")
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () ->
                                assertThat(node.get("/actuator/prometheus").body())
                                        .containsPattern("twofold_cache_tracking\\{.*} 1.0")
                                        .containsPattern("relay_published_events_total [1-9]")
                                        .containsPattern("replica_state\\{.*\"foreign\"} 1.0"));
        assertThat(node.errors()).containsPattern("\\sAUTH\\s+\\S+\\s+\\S+\\s+\\S+\\s+[*]{3}\\s");
        assertNowhere(DATABASE, REDIS, KAFKA, webhook.replace("whsec_", ""));
    }

    @Test
    void no_output_and_no_file_has_a_password_that_is_wrong() throws Exception {
        CatalogNode node = launch("wrong", DATABASE, WRONG, WRONG, WRONG);
        node.getAfter(node.create("wrong"), "/products/wrong");
        Awaitility.await("each refuses it")
                .atMost(Duration.ofSeconds(60))
                .until(
                        () ->
                                node.errors().contains("WRONGPASS")
                                        && node.errors().contains("SaslAuthenticationException")
                                        && node.errors().contains("password authentication"));
        CatalogNode refused = launch("refused", WRONG, WRONG, REDIS, KAFKA);
        assertThat(refused.process().waitFor()).isEqualTo(2);
        assertThat(refused.errors()).contains("password authentication failed");
        assertNowhere(DATABASE, REDIS, KAFKA, WRONG);
    }

    private CatalogNode launch(
            String name, String primary, String replica, String redis, String kafka)
            throws IOException {
        String client = "catalog.kafka.client.";
        CatalogNode node =
                CatalogNode.launch(
                        temp.resolve(name),
                        talkative(),
                        "--database-url",
                        url(primary) + "&ApplicationName=" + name,
                        "--replica",
                        url(replica),
                        "--redis",
                        "redis://:%s@127.0.0.1:%d".formatted(redis, REDIS_PORT),
                        "--kafka",
                        broker.bootstrap(),
                        "--set",
                        client + "security.protocol=SASL_PLAINTEXT",
                        "--set",
                        client + "sasl.mechanism=PLAIN",
                        "--set",
                        client
                                + "sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username=\"teller\" password=\"%s\";"
                                        .formatted(kafka),
                        "--set",
                        "catalog.webhooks.private-addresses=true");
        started.add(node);
        return node;
    }

    /// What makes all of it log as much as there is, in the way of the catalog's own settings.
    private List<String> talkative() throws IOException {
        Path logback = temp.resolve("talkative.xml");
        Path jul = temp.resolve("talkative.properties");
        try (InputStream own =
                requireNonNull(CatalogMain.class.getResourceAsStream("/logback.xml"))) {
            String settings = new String(own.readAllBytes(), StandardCharsets.UTF_8);
            Files.writeString(logback, settings.replaceAll("level=\"\\w+\"", "level=\"TRACE\""));
        }
        Files.writeString(jul, ".level=ALL\n");
        return List.of(
                "-Dlogback.configurationFile=" + logback, "-Djava.util.logging.config.file=" + jul);
    }

    private String url(String password) {
        return database.url().replaceFirst("[?].*", "") + "?user=teller&password=" + password;
    }

    /// Ends the nodes, and finds none of these in what they said and left.
    private void assertNowhere(String... secrets) throws Exception {
        for (CatalogNode node : started) {
            node.process().destroy();
            node.process().waitFor();
            assertThat(node.errors()).contains("password=***");
        }
        try (Stream<Path> files = Files.walk(temp)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1).lines())
                        .as(file.toString())
                        .noneMatch(line -> Stream.of(secrets).anyMatch(line::contains));
            }
        }
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String ask(String sql) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }
}
