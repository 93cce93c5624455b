package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.Append;
import dev.twofold.Metadata;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.UuidV7;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogArchiveTest {
    @TempDir private Path folder = Path.of("");

    @Test
    void a_round_trip_keeps_all_there_is_of_each_event() throws IOException {
        TestPostgres.Database source = logOf(2_500);
        appendOddities(source);
        TestPostgres.Database copy = Logs.empty();
        Path file = folder.resolve("log.ndjson");

        assertThat(new LogArchive(source.dataSource()).exportTo(file, position -> {}))
                .isEqualTo(2_502);
        assertThat(new LogArchive(copy.dataSource()).importFrom(file, position -> {}))
                .isEqualTo(2_502);

        assertThat(events(copy)).isEqualTo(events(source));
        assertThat(new LogVerifier(copy.dataSource()).verify(position -> {}).first()).isEmpty();
    }

    @Test
    void an_export_goes_on_after_the_last_whole_line() throws IOException {
        TestPostgres.Database source = logOf(3_000);
        LogArchive archive = new LogArchive(source.dataSource());
        Path whole = folder.resolve("whole.ndjson");
        archive.exportTo(whole, position -> {});
        Path cut = folder.resolve("cut.ndjson");
        byte[] bytes = Files.readAllBytes(whole);
        Files.write(cut, Arrays.copyOf(bytes, bytes.length / 2));

        assertThat(archive.exportTo(cut, position -> {})).isEqualTo(3_000);
        assertThat(cut).hasSameBinaryContentAs(whole);

        assertThat(archive.exportTo(cut, position -> {})).isEqualTo(3_000);
        assertThat(cut).hasSameBinaryContentAs(whole);
    }

    @Test
    void an_import_goes_on_after_the_last_event() throws IOException {
        TestPostgres.Database source = logOf(2_400);
        Path file = folder.resolve("log.ndjson");
        new LogArchive(source.dataSource()).exportTo(file, position -> {});
        Path half = folder.resolve("half.ndjson");
        Files.write(half, Files.readAllLines(file).subList(0, 1_200));
        TestPostgres.Database copy = Logs.empty();
        LogArchive archive = new LogArchive(copy.dataSource());

        assertThat(archive.importFrom(half, position -> {})).isEqualTo(1_200);
        assertThat(archive.importFrom(file, position -> {})).isEqualTo(2_400);
        assertThat(archive.importFrom(file, position -> {})).isEqualTo(2_400);

        assertThat(events(copy)).isEqualTo(events(source));
    }

    @Test
    void a_changed_line_is_refused_and_named_by_its_position() throws IOException {
        Path file = folder.resolve("log.ndjson");
        new LogArchive(logOf(10).dataSource()).exportTo(file, position -> {});
        Files.writeString(file, Files.readString(file).replaceFirst("\"a\": 1", "\"a\": 2"));
        TestPostgres.Database copy = Logs.empty();

        assertThatThrownBy(() -> new LogArchive(copy.dataSource()).importFrom(file, position -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lines 1 to 10 of " + file)
                .hasMessageContaining("none of them was")
                .hasMessageContaining("the event at position 1 is not what was exported");
        assertThat(events(copy)).isEmpty();
    }

    @Test
    void a_missing_line_is_refused() throws IOException {
        Path file = folder.resolve("log.ndjson");
        new LogArchive(logOf(10).dataSource()).exportTo(file, position -> {});
        List<String> lines = Files.readAllLines(file);
        lines.remove(4);
        Files.write(file, lines);

        assertThatThrownBy(
                        () ->
                                new LogArchive(Logs.empty().dataSource())
                                        .importFrom(file, position -> {}))
                .hasMessageContaining("position 5 comes next, but the file has position 6");
    }

    @Test
    void a_file_of_another_log_is_refused_both_ways() throws IOException {
        Path file = folder.resolve("log.ndjson");
        new LogArchive(logOf(10).dataSource()).exportTo(file, position -> {});
        LogArchive other = new LogArchive(logOf(10).dataSource());

        assertThatThrownBy(() -> other.importFrom(file, position -> {}))
                .hasMessageContaining("different events at position 10");
        assertThatThrownBy(() -> other.exportTo(file, position -> {}))
                .hasMessageContaining("different events at position 10");
    }

    @Test
    void a_file_of_something_else_is_refused_by_its_line() throws IOException {
        Path file = folder.resolve("log.ndjson");
        Files.writeString(file, "id\tname\n", StandardOpenOption.CREATE);

        assertThatThrownBy(
                        () ->
                                new LogArchive(Logs.empty().dataSource())
                                        .importFrom(file, position -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the 1. line of " + file)
                .hasMessageContaining("id\tname");
    }

    private static TestPostgres.Database logOf(int events) {
        TestPostgres.Database database = Logs.empty();
        try (PostgresEventStore store = new PostgresEventStore(database.dataSource())) {
            for (int i = 0; i < events; i += 100) {
                store.append(
                        Append.of(
                                IntStream.range(i, Math.min(i + 100, events))
                                        .mapToObj(
                                                n ->
                                                        Logs.event(
                                                                Logs.stream(n % 7),
                                                                "thing",
                                                                Logs.tag(n % 3)))
                                        .toList()));
            }
        }
        return database;
    }

    private static void appendOddities(TestPostgres.Database database) {
        Metadata metadata = new Metadata("c \"1\"", "u\\2", "Zoë", "00-trace");
        try (PostgresEventStore store = new PostgresEventStore(database.dataSource())) {
            store.append(
                    Append.of(
                            List.of(
                                    new NewEvent(
                                            UuidV7.next(),
                                            null,
                                            "odd",
                                            3,
                                            "{ \"b\":1,\n \"a\": \"\\u00e9\\n\" }",
                                            Set.of(),
                                            metadata),
                                    new NewEvent(
                                            UuidV7.next(),
                                            null,
                                            "odd",
                                            3,
                                            "\"😀\"",
                                            Set.of(Logs.tag(9)),
                                            metadata))));
        }
    }

    private static List<RecordedEvent> events(TestPostgres.Database database) {
        try (PostgresEventStore store = new PostgresEventStore(database.dataSource())) {
            return store.read(Query.all(), 0, 10_000);
        }
    }
}
