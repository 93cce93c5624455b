package dev.twofold.catalog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.StartCheck;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import picocli.CommandLine;

/// The catalog's nodes in `compose.yaml`, held against its command line and the other services.
class ComposeTest {
    private static final String IMAGE = "twofold-catalog";

    private final Map<String, Map<?, ?>> services = new TreeMap<>();
    private final Map<String, Settings> nodes = new TreeMap<>();

    @BeforeEach
    void read() throws IOException {
        String file = Files.readString(Path.of("..", "compose.yaml"));
        Map<?, ?> all = new Yaml(new SafeConstructor(new LoaderOptions())).load(file);
        map(all.get("services")).forEach((name, service) -> services.put(text(name), map(service)));
        services.forEach(
                (name, service) -> {
                    if (IMAGE.equals(service.get("image"))) {
                        nodes.put(name, settings(list(service.get("command"))));
                    }
                });
    }

    private static Settings settings(List<String> options) {
        CommandLine line = Serve.commandLine();
        line.parseArgs(options.toArray(String[]::new));
        Serve serve = line.getCommand();
        return serve.settings();
    }

    @Test
    void every_node_has_options_that_it_starts_with() {
        assertThat(nodes.keySet())
                .containsExactlyInAnyOrder(
                        "command", "relay-1", "relay-2", "query-log", "query-kafka");
        nodes.forEach(
                (name, settings) -> assertThat(StartCheck.options(settings)).as(name).isEmpty());
    }

    @Test
    void every_server_that_a_node_is_given_is_a_service_that_it_waits_for() {
        nodes.forEach(
                (name, settings) ->
                        assertThat(map(service(name).get("depends_on")).keySet())
                                .as(name)
                                .isEqualTo(hosts(settings)));
    }

    private static Set<String> hosts(Settings settings) {
        List<String> hosts = new ArrayList<>();
        hosts.add(database(settings).getHost());
        if (settings.redis() != null) {
            hosts.add(URI.create(settings.redis()).getHost());
        }
        if (settings.kafka() != null) {
            hosts.add(URI.create("kafka://" + settings.kafka().bootstrap()).getHost());
        }
        return Set.copyOf(hosts);
    }

    @Test
    void every_node_may_use_its_database_and_the_brokers_are_where_they_say() {
        nodes.forEach(
                (name, settings) -> {
                    URI database = database(settings);
                    Map<?, ?> server = map(service(database.getHost()).get("environment"));
                    assertThat(database.getQuery())
                            .as(name)
                            .isEqualTo(
                                    "user=%s&password=%s",
                                    server.get("POSTGRES_USER"), server.get("POSTGRES_PASSWORD"));
                    assertThat(database.getPath()).isEqualTo("/" + server.get("POSTGRES_USER"));
                    if (settings.kafka() != null) {
                        assertThat(
                                        text(
                                                map(service("broker").get("environment"))
                                                        .get("KAFKA_ADVERTISED_LISTENERS")))
                                .isEqualTo("PLAINTEXT://" + settings.kafka().bootstrap());
                    }
                });
        assertThat(database(node("query-kafka")).getHost())
                .as("the database of views from Kafka, which is no log's")
                .isNotIn(
                        nodes.entrySet().stream()
                                .filter(node -> !node.getKey().equals("query-kafka"))
                                .map(node -> database(node.getValue()).getHost())
                                .collect(Collectors.toSet()));
    }

    @Test
    void a_node_with_a_port_outside_listens_where_it_is_reached_from_there() {
        nodes.forEach(
                (name, settings) -> {
                    List<String> ports = list(service(name).get("ports"));
                    assertThat(settings.address().isAnyLocalAddress())
                            .as(name)
                            .isEqualTo(!ports.isEmpty());
                    ports.forEach(
                            port ->
                                    assertThat(port)
                                            .startsWith("127.0.0.1:")
                                            .endsWith(":" + settings.port()));
                });
    }

    @Test
    void the_image_is_the_one_that_the_build_makes() {
        assertThat(Path.of("pom.xml")).content().contains("<image>%s</image>".formatted(IMAGE));
    }

    private Map<?, ?> service(String name) {
        assertThat(services).containsKey(name);
        return services.getOrDefault(name, Map.of());
    }

    private Settings node(String name) {
        assertThat(nodes).containsKey(name);
        return nodes.getOrDefault(name, Settings.local(0));
    }

    private static URI database(Settings settings) {
        return URI.create(text(settings.postgres()).replaceFirst("^jdbc:", ""));
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }

    private static List<String> list(@Nullable Object value) {
        return value instanceof List<?> list
                ? list.stream().map(ComposeTest::text).toList()
                : List.of();
    }

    private static String text(@Nullable Object value) {
        return String.valueOf(value);
    }
}
