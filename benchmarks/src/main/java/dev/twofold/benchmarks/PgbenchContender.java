package dev.twofold.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/// PostgreSQL's own load generator, with one insert a transaction into a table with a primary key
/// and rows like those of an event log, over one connection for each caller.
final class PgbenchContender implements Contender {
    private static final String TABLE =
            """
            CREATE TABLE plain_event (
                position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                id uuid NOT NULL,
                stream text NOT NULL,
                version bigint NOT NULL,
                type text NOT NULL,
                data text NOT NULL,
                metadata text NOT NULL,
                recorded_at timestamptz NOT NULL DEFAULT now())
            """;
    private static final String INSERT =
            """
            \\set number random(10000000, 99999999)
            INSERT INTO plain_event (id, stream, version, type, data, metadata) \
            VALUES (uuidv7(), 'item-1-' || :number, 1, 'item-created', :data, :metadata);
            """;
    private static final String DATA =
            "{\"id\":\"1-00000001\",\"note\":\"" + ItemEvent.note() + "\"}";
    private static final String METADATA =
            """
            {"causation":"019aaf2c-9b6a-7c1e-8a3e-0123456789ab",\
            "correlation":"019aaf2c-9b6a-7c1e-8a3e-0123456789ab"}\
            """;
    private static final Pattern PER_SECOND = Pattern.compile("(?m)^tps = ([0-9.]+)");
    private static final int LATENCY_FIELD = 2;

    private final Server server;
    private final Path folder;

    private PgbenchContender(Server server, Path folder) {
        this.server = server;
        this.folder = folder;
    }

    /// Empty where pgbench is not installed.
    static Optional<Contender> find(Server server) {
        try {
            new ProcessBuilder("pgbench", "--version").start().waitFor();
        } catch (IOException _) {
            return Optional.empty();
        } catch (InterruptedException e) {
            throw new IllegalStateException("pgbench was interrupted", e);
        }
        try {
            Path folder = Files.createTempDirectory("pgbench");
            Files.writeString(folder.resolve("insert.sql"), INSERT);
            server.execute(TABLE);
            return Optional.of(new PgbenchContender(server, folder));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return "pgbench";
    }

    @Override
    public Set<Work> works() {
        return Set.of(Work.CREATES, Work.UPDATES);
    }

    @Override
    public void prepare(Work work, String run) {}

    /// Whole seconds, at least one, and more for many callers: pgbench takes the time in which it
    /// makes its connections from that of the run.
    @Override
    public Load run(Work work, String run, int callers, Duration time) {
        try {
            double perSecond = pgbench(callers, Math.max(1, time.toSeconds() + callers / 64));
            Histogram latency = takeLatency();
            double seconds = latency.getTotalCount() / perSecond;
            return new Load(Duration.ofNanos((long) (seconds * 1e9)), latency);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("pgbench was interrupted", e);
        }
    }

    @Override
    public void close() {
        try {
            Files.delete(folder.resolve("insert.sql"));
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Transactions a second, without the time in which the connections were made.
    private double pgbench(int callers, long seconds) throws IOException, InterruptedException {
        int threads = Math.min(callers, Runtime.getRuntime().availableProcessors());
        List<String> command =
                List.of(
                        "pgbench",
                        "--no-vacuum",
                        "--protocol=prepared",
                        "--file=insert.sql",
                        "--define=data=" + DATA,
                        "--define=metadata=" + METADATA,
                        "--log",
                        "--client=" + callers,
                        "--jobs=" + threads,
                        "--time=" + seconds,
                        "--host=localhost",
                        "--port=" + server.port(),
                        "--username=postgres",
                        "postgres");
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        Matcher perSecond = PER_SECOND.matcher(output);
        if (process.waitFor() != 0 || !perSecond.find()) {
            throw new IllegalStateException("pgbench failed: " + output);
        }
        return Double.parseDouble(perSecond.group(1));
    }

    /// Reads the logs of the last run, a line for each transaction, and deletes them.
    private Histogram takeLatency() throws IOException {
        Histogram latency = Load.histogram();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path log :
                    files.filter(file -> file.toString().contains("pgbench_log")).toList()) {
                try (Stream<String> lines = Files.lines(log)) {
                    lines.forEach(
                            line ->
                                    latency.recordValue(
                                            Long.parseLong(line.split(" ", -1)[LATENCY_FIELD])));
                }
                Files.delete(log);
            }
        }
        return latency;
    }
}
