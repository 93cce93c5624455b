package dev.twofold.postgres;

import static dev.twofold.postgres.Logs.append;
import static dev.twofold.postgres.Logs.event;
import static dev.twofold.postgres.Logs.stream;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.AppendOutcome.Appended;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A PostgreSQL server that is killed with all its processes while appends are under way.
@Timeout(120)
class ServerCrashTest {
    private static final int WRITERS = 8;
    private static final int APPENDS = 60;

    @TempDir private Path folder;

    @Test
    void every_acknowledged_append_survives_it_and_none_is_there_twice() throws Exception {
        Path data = folder.resolve("data");
        EmbeddedPostgres server = start(data, 0);
        PostgresLog.migrate(server.getPostgresDatabase());
        Map<UUID, Long> acknowledged = new HashMap<>();
        try (PostgresEventStore store = new PostgresEventStore(server.getPostgresDatabase());
                ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Map<UUID, Long>>> results = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                int writer = i;
                results.add(writers.submit(() -> write(store, writer)));
            }
            store.awaitBeyond(WRITERS * APPENDS / 3, Duration.ofSeconds(60));
            kill(data);
            server.close();
            server = start(data, server.getPort());
            for (Future<Map<UUID, Long>> result : results) {
                acknowledged.putAll(result.get());
            }

            List<RecordedEvent> log = store.read(Query.all(), 0, 10_000);
            assertThat(log)
                    .extracting(RecordedEvent::position)
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(1, WRITERS * APPENDS).boxed().toList());
            assertThat(log)
                    .allSatisfy(
                            event ->
                                    assertThat(acknowledged)
                                            .containsEntry(event.id(), event.position()));
        } finally {
            server.close();
        }
    }

    private static Map<UUID, Long> write(PostgresEventStore store, int writer) {
        Map<UUID, Long> positions = new HashMap<>();
        for (int i = 0; i < APPENDS; i++) {
            NewEvent event = event(stream(writer), "type");
            Appended appended = (Appended) store.append(append(event));
            positions.put(event.id(), appended.firstPosition());
        }
        return positions;
    }

    private static EmbeddedPostgres start(Path data, int port) throws IOException {
        return EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setPort(port)
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .start();
    }

    /// Kills the server and its children, and waits until they are gone.
    private static void kill(Path data) throws IOException {
        long pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid")).getFirst());
        ProcessHandle server = ProcessHandle.of(pid).orElseThrow();
        List<ProcessHandle> all = Stream.concat(Stream.of(server), server.descendants()).toList();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(process -> process.onExit().join());
    }
}
