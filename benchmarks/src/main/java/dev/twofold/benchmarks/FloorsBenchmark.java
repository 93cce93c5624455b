package dev.twofold.benchmarks;

import dev.twofold.Recorded;
import dev.twofold.RecordedEvent;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLog;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// What the parts of a replay cost at the least: the same reads and writes by plain JDBC, with
/// nothing else done.
@Command(name = "floors", showDefaultValues = true, mixinStandardHelpOptions = true)
final class FloorsBenchmark implements Runnable {
    private static final int PAGE = 10_000;
    private static final int CHUNK = 2_000;
    private static final String TABLE =
            """
            DROP TABLE IF EXISTS floor;
            CREATE TABLE floor (
              key text PRIMARY KEY,
              document jsonb NOT NULL,
              refs text[] NOT NULL,
              position bigint NOT NULL
            ) WITH (fillfactor = 80);
            CREATE INDEX ON floor USING gin (refs) WHERE refs <> '{}';
            """;
    private static final String READ =
            """
            SELECT position, id, stream, version, type, revision, data, tags, correlation, causation,
                   actor, trace, recorded_at
            FROM twofold.event WHERE position > ? ORDER BY position LIMIT ?
            """;
    private static final String UPSERT =
            """
            INSERT INTO floor (key, document, refs, position)
            SELECT key, document::jsonb, '{}', position
            FROM unnest(?::text[], ?::text[], ?::bigint[]) AS changed (key, document, position)
            ON CONFLICT (key) DO UPDATE SET
              document = excluded.document, refs = excluded.refs, position = excluded.position
            """;
    private static final String FIND =
            "SELECT key, document::text, position FROM floor WHERE key = ANY (?)";

    @Option(names = "--events", defaultValue = "500000", description = "in the log; 20 an item")
    private long events;

    @Option(names = "--rounds", defaultValue = "3")
    private int rounds;

    private final PrintStream out;
    private final JacksonCodec codec = new JacksonCodec();

    FloorsBenchmark(PrintStream out) {
        this.out = out;
    }

    static void main(String[] args) {
        Logger.getLogger("").setLevel(Level.WARNING);
        System.exit(new CommandLine(new FloorsBenchmark(System.out)).execute(args));
    }

    @Override
    public void run() {
        try (Server server = new Server()) {
            PostgresLog.migrate(server.pool());
            new AxonStreaming(server.pool()).createTables();
            new ReplayLog(events).fill(server.pool());
            out.print(server.description());
            out.printf("%n| for each event, or document | µs | client CPU µs | server CPU µs |%n");
            out.println("| --- | --- | --- | --- |");
            try (PostgresEventStore store = new PostgresEventStore(server.pool());
                    Connection connection = server.pool().getConnection()) {
                row(server, "read an event by plain JDBC", () -> {}, () -> read(connection));
                row(server, "read an event by the log", () -> {}, () -> read(store, _ -> 1));
                row(
                        server,
                        "read and decode an event",
                        () -> {},
                        () -> read(store, FloorsBenchmark::decoded));
                row(
                        server,
                        "encode and insert a new document",
                        () -> server.execute(TABLE),
                        () -> upsert(connection));
                row(
                        server,
                        "encode a document and write it anew",
                        () -> {},
                        () -> upsert(connection));
                row(server, "load a document", () -> {}, () -> load(connection, false));
                row(server, "load and decode a document", () -> {}, () -> load(connection, true));
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /// Does something, and returns how often.
    private interface Work {
        long run() throws SQLException;
    }

    private void row(Server server, String name, Runnable before, Work work) {
        double best = Double.MAX_VALUE;
        String line = "";
        for (int round = 0; round <= rounds; round++) {
            before.run();
            Cpu cpu = server.cpu();
            long begin = System.nanoTime();
            long count;
            try {
                count = work.run();
            } catch (SQLException e) {
                throw new IllegalStateException(name, e);
            }
            double micros = (System.nanoTime() - begin) / 1e3 / count;
            Cpu taken = server.cpu().since(cpu);
            if (round > 0 && micros < best) { // the first is for warming up
                best = micros;
                line =
                        "| %s | %.1f | %.1f | %.1f |"
                                .formatted(
                                        name,
                                        micros,
                                        taken.client().toNanos() / 1e3 / count,
                                        taken.server().toNanos() / 1e3 / count);
            }
        }
        out.println(line);
    }

    private long read(Connection connection) throws SQLException {
        long position = 0;
        try (PreparedStatement statement = connection.prepareStatement(READ)) {
            while (position < events) {
                statement.setLong(1, position);
                statement.setInt(2, PAGE);
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        position = row.getLong(1);
                        for (int column = 2;
                                column <= row.getMetaData().getColumnCount();
                                column++) {
                            row.getBytes(column);
                        }
                    }
                }
            }
        }
        return events;
    }

    private long read(PostgresEventStore store, ToLongFunction<RecordedEvent> use) {
        long position = 0;
        long used = 0;
        while (position < events) {
            for (RecordedEvent event :
                    store.next(dev.twofold.Query.all(), position, PAGE).events()) {
                used += use.applyAsLong(event);
                position = event.position();
            }
        }
        return used;
    }

    private static long decoded(RecordedEvent event) {
        List<Recorded<ItemEvent>> decoded = new ArrayList<>(1);
        TwofoldContender.TYPES.decode(event, decoded::add);
        return decoded.size();
    }

    private long documents() {
        return events / 20;
    }

    private String key(long number) {
        return "%08d".formatted(number);
    }

    private String document(String key) {
        return codec.encode(new ItemPage(key, 19, ItemEvent.note(), null));
    }

    private long upsert(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement statement = connection.prepareStatement(UPSERT)) {
            for (long from = 0; from < documents(); from += CHUNK) {
                String[] keys = keys(from);
                String[] documents = new String[keys.length];
                Long[] positions = new Long[keys.length];
                for (int i = 0; i < keys.length; i++) {
                    documents[i] = document(keys[i]);
                    positions[i] = from + i;
                }
                statement.setArray(1, connection.createArrayOf("text", keys));
                statement.setArray(2, connection.createArrayOf("text", documents));
                statement.setArray(3, connection.createArrayOf("bigint", positions));
                statement.executeUpdate();
            }
        }
        connection.commit();
        connection.setAutoCommit(true);
        return documents();
    }

    private String[] keys(long from) {
        int count = (int) Math.min(CHUNK, documents() - from);
        String[] keys = new String[count];
        for (int i = 0; i < count; i++) {
            keys[i] = key(from + i);
        }
        return keys;
    }

    private long load(Connection connection, boolean decode) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FIND)) {
            for (long from = 0; from < documents(); from += CHUNK) {
                statement.setArray(1, connection.createArrayOf("text", keys(from)));
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        String json = row.getString(2);
                        if (decode) {
                            codec.decode(json, ItemPage.class);
                        }
                    }
                }
            }
        }
        return documents();
    }
}
