package dev.twofold.catalog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.TestCatalog;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class CommandLineTest {
    @TempDir Path temp;

    private record Ran(int exitCode, String out, String err) {}

    @Test
    void shows_what_there_is() {
        Ran help = run("--help");
        assertThat(help.exitCode).isZero();
        assertThat(help.out)
                .contains("--port", "--data", "--database-url", "--role", "--address", "8080")
                .contains("import", "projection", "log");
        assertThat(run("import", "--help").out).contains("--url", "--dry-run", "--report");
        assertThat(run("keys", "--help").out).contains("create", "list", "rotate", "revoke");
        assertThat(run("webhooks", "--help").out).contains("add", "deliveries", "retry", "remove");
        assertThat(run("log", "info", "--help").out).contains("events", "sizeBytes");
        assertThat(run("--version").out).startsWith("catalog ");
    }

    @Test
    void says_what_is_wrong_with_an_option_and_what_was_meant() {
        Ran unknown = run("--prot", "80");
        assertThat(unknown.exitCode).isEqualTo(2);
        assertThat(unknown.err).contains("--prot", "--port", "catalog --help");
        assertThat(run("--port", "x").err).contains("--port", "x");
        assertThat(run("--port", "70000").err).contains("0 to 65535", "70000");
        assertThat(run("--port", "70000").exitCode).isEqualTo(2);
        assertThat(run("--keep-answers", "PT0S").err).contains("--keep-answers", "above zero");
        assertThat(run("--keep-answers", "a week").err).contains("--keep-answers", "a week");
        assertThat(run("imprt", "feed.tsv").err).contains("import");
        Ran nothing = run("import", temp.resolve("none.tsv").toString());
        assertThat(nothing.exitCode).isEqualTo(2);
        assertThat(nothing.err).contains("none.tsv");
    }

    @Test
    void starts_no_second_catalog_on_a_data_folder() {
        try (DataFolder folder = ((Held) DataFolder.claim(temp)).folder()) {
            Ran second = run("--port", "0", "--data", folder.path().toString());
            assertThat(second.exitCode).isEqualTo(1);
            assertThat(second.err)
                    .contains(temp.toString(), "process " + ProcessHandle.current().pid());
        }
    }

    @Test
    void says_that_a_port_is_taken() {
        Ran taken =
                run(
                        "--port",
                        Integer.toString(TestCatalog.address().getPort()),
                        "--data",
                        temp.toString());
        assertThat(taken.exitCode).isEqualTo(2);
        assertThat(taken.err)
                .contains("port %d".formatted(TestCatalog.address().getPort()), "--port 0");
        assertThat(DataFolder.claim(temp)).isInstanceOf(Held.class);
    }

    @Test
    void says_all_that_is_wrong_before_it_starts() {
        Ran node = run("--role", "query", "--port", "70000", "--data", temp.toString());
        assertThat(node.exitCode).isEqualTo(2);
        assertThat(node.err)
                .contains("--port is 0 to 65535, but was 70000")
                .contains("--role query needs --database-url");
        Ran nowhere =
                run(
                        "--port",
                        Integer.toString(TestCatalog.address().getPort()),
                        "--database-url",
                        "jdbc:postgresql://127.0.0.1:1/none?user=me&password=secret",
                        "--data",
                        temp.toString());
        assertThat(nowhere.err)
                .contains("port %d is taken".formatted(TestCatalog.address().getPort()))
                .contains("the database jdbc:postgresql://127.0.0.1:1/none of --database-url")
                .doesNotContain("secret");
        Ran relay =
                run(
                        "--role",
                        "relay",
                        "--feed",
                        "kafka",
                        "--kafka",
                        "127.0.0.1:1",
                        "--set",
                        "catalog.kafka.client.request.timeout.ms=300",
                        "--set",
                        "catalog.kafka.client.default.api.timeout.ms=300",
                        "--kafka-topic",
                        "no topic",
                        "--redis",
                        "http://r",
                        "--keep-answers",
                        "PT0S",
                        "--data",
                        temp.toString());
        assertThat(relay.err.lines())
                .hasSize(7)
                .anyMatch(line -> line.contains("--role relay needs --database-url"))
                .anyMatch(line -> line.contains("--keep-answers is above zero"))
                .anyMatch(line -> line.startsWith("--redis: "))
                .anyMatch(line -> line.contains("--feed kafka is for --role query"))
                .anyMatch(line -> line.startsWith("--kafka-topic: "))
                .anyMatch(line -> line.contains("no broker answers at 127.0.0.1:1"));
        assertThat(run("--role", "relay", "--data", temp.toString()).err)
                .contains("--role relay needs --kafka");
        assertThat(run("--feed", "kafka", "--data", temp.toString()).err)
                .contains("--feed kafka needs --kafka");
        assertThat(
                        run(
                                        "--role",
                                        "command",
                                        "--replica",
                                        "jdbc:postgresql://a,b/x?password=secret",
                                        "--replica",
                                        "jdbc:postgresql://c/x",
                                        "--replica",
                                        "jdbc:postgresql://c/x",
                                        "--data",
                                        temp.toString())
                                .err)
                .contains("--role command needs --database-url")
                .contains("--replica is for nodes that answer queries")
                .contains("with one host, but was \"jdbc:postgresql://a,b/x\"")
                .contains("--replica jdbc:postgresql://c/x is given twice")
                .doesNotContain("secret");
        assertThat(run("--database-url", "jdbc:mysql://db/x", "--data", temp.toString()).err)
                .contains("begins with jdbc:postgresql:", "jdbc:mysql://db/x");
        assertThat(temp).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgres://me:secret@db/x",
                "postgresql://me:p@secret@db/x",
                "postgresql://me:p?secret@db/x",
                "jdbc:postgresql://me:secret@db/x",
                "jdbc:mysql://db/x?password=secret",
                "host=db password=secret"
            })
    void shows_no_password_of_an_address_that_is_none(String url) {
        String data = temp.toString();
        for (List<String> command :
                List.of(List.<String>of(), List.of("log", "info"), List.of("webhooks", "list"))) {
            List<String> line = new ArrayList<>(command);
            line.addAll(List.of("--database-url", url, "--data", data));
            Ran refused = run(line.toArray(String[]::new));
            assertThat(refused.exitCode).as(refused.err).isEqualTo(2);
            assertThat(refused.err)
                    .contains("--database-url: it begins with jdbc:postgresql:")
                    .doesNotContain("secret");
        }
        assertThat(run("--replica", url, "--data", data).err)
                .contains("--replica is jdbc:postgresql://HOST:PORT/DATABASE")
                .doesNotContain("secret");
        assertThat(temp).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://me:secret@r",
                "redis://me:secret@r:99999999",
                "redis://:p/secret@r",
                "redis://:p secret@r",
                "redis-cluster://:p secret@r,s",
                "redis-sentinel://:p/secret@r,s"
            })
    void shows_no_password_of_a_redis_that_is_none(String uri) {
        assertThat(run("--redis", uri, "--port", "70000", "--data", temp.toString()).err)
                .contains("--redis: a Redis is redis://host:port")
                .doesNotContain("secret");
    }

    @Test
    void tells_the_size_of_the_log_in_one_line() {
        Ran info = run("log", "info", "--data", TestCatalog.data().toString());
        assertThat(info.err).isEmpty();
        assertThat(info.exitCode).isZero();
        assertThat(info.out.lines()).hasSize(1);
        JsonNode json = new JsonMapper().readTree(info.out);
        assertThat(json.propertyNames()).contains("events", "position", "streams", "sizeBytes");
        assertThat(json.path("events").longValue()).isEqualTo(json.path("position").longValue());

        Ran nowhere = run("log", "info", "--data", temp.resolve("none").toString());
        assertThat(nowhere.exitCode).isEqualTo(1);
        assertThat(nowhere.err).contains("none", "--data");
    }

    @Test
    void imports_a_feed_through_the_catalog_on_a_data_folder() throws IOException {
        Path feed = temp.resolve("feed.csv");
        Files.writeString(
                feed,
                """
                id,title,price,quantity
                CLI-1,One,1.00 EUR,1
                CLI-2,Two,2.00 EUR,
                CLI-3,Three,3 Taler,
                """);
        Path report = temp.resolve("report.ndjson");
        String data = TestCatalog.data().toString();

        Ran dry = run("import", feed.toString(), "--data", data, "--dry-run");
        assertThat(dry.exitCode).isEqualTo(1);
        assertThat(dry.out).contains("Dry run", "created 2", "line 4, price: \"3 Taler\"");

        Ran ran = run("import", feed.toString(), "--data", data, "--report", report.toString());
        assertThat(ran.exitCode).isEqualTo(1);
        assertThat(ran.out).contains("Lines: 3", "created 2", "rejected 1");
        assertThat(report).content().contains("\"line\":4").contains("Taler");

        Files.writeString(feed, "id,title,price\nCLI-1,Uno,1.00 EUR\n");
        Ran url = run("import", feed.toString(), "--url", TestCatalog.address().toString());
        assertThat(url.exitCode).isZero();
        assertThat(url.out).contains("changed 1,");
        Ran nobody = run("import", feed.toString(), "--url", "http://127.0.0.1:1");
        assertThat(nobody.exitCode).isEqualTo(1);
        assertThat(nobody.err).contains("no catalog answers at http://127.0.0.1:1");
    }

    @Test
    void exports_a_feed_through_a_catalog_that_runs() throws IOException {
        TestCatalog.Answer created =
                TestCatalog.post(
                        "/products",
                        """
                        {"sku": "CLI-EXPORT", "name": "Exported", "price": 1, "currency": "EUR"}
                        """,
                        "Prefer",
                        "wait=20");
        assertThat(created.status()).isEqualTo(201);
        Path feed = temp.resolve("feed.tsv");
        String url = TestCatalog.address().toString();
        Ran ran = run("export", feed.toString(), "--partial", "--url", url);
        assertThat(ran.err).isEmpty();
        assertThat(ran.exitCode).isZero();
        assertThat(ran.out).contains("bytes", "feed.tsv");
        assertThat(Files.readAllLines(feed))
                .anyMatch(
                        line ->
                                line.startsWith(
                                        "CLI-EXPORT\tExported\t\t1.00 EUR\t\tout_of_stock\t0"));

        Ran nobody = run("export", feed.toString(), "--url", "http://127.0.0.1:1");
        assertThat(nobody.exitCode).isEqualTo(1);
        assertThat(nobody.err).contains("no catalog answers at http://127.0.0.1:1");
        assertThat(temp).isDirectoryContaining(file -> file.equals(feed));
        assertThat(temp.toFile().list()).hasSize(1);
    }

    private static Ran run(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Serve.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        int exitCode = line.execute(args);
        return new Ran(exitCode, out.toString(), err.toString());
    }
}
