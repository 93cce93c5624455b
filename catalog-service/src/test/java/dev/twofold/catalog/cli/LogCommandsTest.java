package dev.twofold.catalog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.Metadata;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import dev.twofold.UuidV7;
import dev.twofold.catalog.TestWriteSide;
import dev.twofold.catalog.brand.BrandCommand;
import dev.twofold.catalog.brand.BrandCommand.CreateBrand;
import dev.twofold.catalog.brand.BrandCommand.RenameBrand;
import dev.twofold.catalog.category.CategoryCommand.CreateCategory;
import dev.twofold.catalog.category.CategoryCommand.RenameCategory;
import dev.twofold.postgres.LogArchive;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLog;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// `log verify`, `log export` and `log import`, on databases of one's own.
class LogCommandsTest {
    private final TestPostgres.Database database = TestPostgres.database();

    @TempDir Path temp;

    private record Ran(int exitCode, String out, String err) {}

    @BeforeEach
    void writeALog() {
        PostgresLog.migrate(database.dataSource());
        append(2_500);
    }

    @Test
    void verify_says_that_a_log_is_whole() {
        Ran verified = run(database, "verify");

        assertThat(verified).isEqualTo(new Ran(0, "The log is whole: 2,500 events.\n", ""));
    }

    @Test
    void verify_names_what_is_wrong() throws SQLException {
        damage("UPDATE twofold.event SET data = '{\"n\": 8}' WHERE position = 7");
        damage("DELETE FROM twofold.event_tag WHERE position = 11");
        damage("DELETE FROM twofold.event WHERE position = 2490");

        Ran verified = run(database, "verify");

        assertThat(verified.exitCode).isEqualTo(1);
        assertThat(verified.out.lines())
                .containsExactly(
                        "the event at position 7 is not what was appended: its checksum does not"
                                + " fit",
                        "the event at position 11 has tag \"n:11\", under which conditions do not"
                                + " find it",
                        "there is no event at position 2490",
                        "version 2491 of stream \"thing-1\", at position 2491, does not follow on"
                                + " version 2490",
                        "tag \"n:2490\" leads to position 2490, where no event has it");
    }

    @Test
    void a_log_goes_through_a_file_into_another_database_at_the_same_positions() {
        Path file = temp.resolve("log.ndjson");
        TestPostgres.Database other = TestPostgres.database();

        assertThat(run(database, "export", file.toString()).out)
                .isEqualTo("%s has 2,500 events.\n".formatted(file));
        append(10);
        assertThat(run(database, "export", file.toString()).out)
                .isEqualTo("%s has 2,510 events.\n".formatted(file));
        assertThat(run(other, "import", file.toString()).out)
                .isEqualTo("The log has 2,510 events.\n");

        assertThat(events(other)).isEqualTo(events(database));
        assertThat(run(other, "verify").exitCode).isZero();
    }

    @Test
    void an_import_that_broke_off_goes_on_where_it_ended() throws IOException {
        Path file = temp.resolve("log.ndjson");
        run(database, "export", file.toString());
        List<String> lines = Files.readAllLines(file);
        Path half = temp.resolve("half.ndjson");
        Files.write(half, lines.subList(0, 1_234));
        TestPostgres.Database other = TestPostgres.database();

        assertThat(run(other, "import", half.toString()).out)
                .isEqualTo("The log has 1,234 events.\n");
        assertThat(run(other, "import", file.toString()).out)
                .isEqualTo("The log has 2,500 events.\n");

        assertThat(events(other)).isEqualTo(events(database));
    }

    @Test
    void brands_and_categories_are_there_after_an_import_as_they_were_before() throws SQLException {
        try (TestWriteSide side = new TestWriteSide()) {
            handle(side, new CreateBrand("acme", "Acme"), new CreateBrand(null, "Ajax"));
            handle(side, new RenameBrand("acme", "ACME"), new RenameBrand("acme", "Acme Inc"));
            side.categories.handle(new CreateCategory("home", null, "Home"), Metadata.none());
            side.categories.handle(new CreateCategory(null, "home", "Pots"), Metadata.none());
            side.categories.handle(new RenameCategory("home", "House"), Metadata.none());
            Path file = temp.resolve("log.ndjson");
            new LogArchive(side.dataSource()).exportTo(file, _ -> {});
            TestPostgres.Database other = TestPostgres.database();

            assertThat(run(other, "import", file.toString()).exitCode).isZero();
            assertThat(run(other, "import", file.toString()).exitCode).isZero();

            assertThat(rows(other.dataSource())).hasSize(4).isEqualTo(rows(side.dataSource()));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void handle(TestWriteSide side, BrandCommand... commands) {
        for (BrandCommand command : commands) {
            assertThat(side.brands.handle(command, Metadata.none())).isInstanceOf(Accepted.class);
        }
    }

    private static List<String> rows(DataSource database) throws SQLException {
        List<String> rows = new ArrayList<>();
        for (String table : List.of("brand", "category")) {
            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet row =
                            statement.executeQuery(
                                    "SELECT to_jsonb(t)::text FROM catalog.%s t ORDER BY id"
                                            .formatted(table))) {
                while (row.next()) {
                    rows.add(row.getString(1));
                }
            }
        }
        return rows;
    }

    @Test
    void what_cannot_be_done_is_said_in_one_line() throws IOException {
        Path file = temp.resolve("file.ndjson");
        Files.writeString(file, "hello\n");
        TestPostgres.Database empty = TestPostgres.database();

        assertThat(run(database, "import", file.toString()))
                .isEqualTo(
                        new Ran(
                                1,
                                "",
                                ("the 1. line of %s is no exported event, which begins"
                                                + " {\"position\":…: \"hello\"\n")
                                        .formatted(file)));
        assertThat(run(database, "import", temp.resolve("none").toString()).err)
                .startsWith("there is no file " + temp.resolve("none"));
        assertThat(run(empty, "verify").err)
                .isEqualTo(
                        "there is no log in this database; name another one, or start the catalog"
                                + " on this one to make a log\n");
        assertThat(execute("log", "verify", "--data", temp.toString()).err)
                .isEqualTo(
                        "there is no catalog's data in folder %s; name another with --data\n"
                                .formatted(temp));
        assertThat(temp).isDirectoryNotContaining(path -> !path.equals(file));
        Ran nowhere =
                execute("log", "verify", "--postgres", "jdbc:postgresql://127.0.0.1:1/x?user=me");
        assertThat(nowhere.exitCode).isEqualTo(1);
        assertThat(nowhere.err)
                .startsWith("the database cannot be asked for a log: ")
                .doesNotContain("\tat ");
    }

    private void append(int events) {
        try (PostgresEventStore store = new PostgresEventStore(database.dataSource())) {
            for (int i = 0; i < events; i += 500) {
                int first = (int) store.head() + 1;
                store.append(
                        Append.of(
                                IntStream.range(first, first + Math.min(500, events - i))
                                        .mapToObj(LogCommandsTest::event)
                                        .toList()));
            }
        }
    }

    private static NewEvent event(int number) {
        return new NewEvent(
                UuidV7.next(),
                new StreamId("thing", "1"),
                "counted",
                1,
                "{\"n\": %d}".formatted(number),
                Set.of(new Tag("n", Integer.toString(number))),
                Metadata.none().withActor("ann"));
    }

    private static List<RecordedEvent> events(TestPostgres.Database database) {
        try (PostgresEventStore store = new PostgresEventStore(database.dataSource())) {
            return store.read(Query.all(), 0, 10_000);
        }
    }

    private void damage(String sql) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static Ran run(TestPostgres.Database database, String command, String... arguments) {
        String[] line = new String[4 + arguments.length];
        line[0] = "log";
        line[1] = command;
        line[2] = "--postgres";
        line[3] = database.url();
        System.arraycopy(arguments, 0, line, 4, arguments.length);
        return execute(line);
    }

    private static Ran execute(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Serve.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        int exitCode = line.execute(arguments);
        return new Ran(exitCode, out.toString(), err.toString());
    }
}
