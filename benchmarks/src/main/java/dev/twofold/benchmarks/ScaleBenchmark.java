package dev.twofold.benchmarks;

import dev.twofold.Append;
import dev.twofold.Metadata;
import dev.twofold.UuidV7;
import dev.twofold.benchmarks.ItemEvent.ItemCreated;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLog;
import dev.twofold.redis.Answer;
import dev.twofold.redis.CacheSettings;
import dev.twofold.redis.Changes;
import dev.twofold.redis.DocumentCache;
import dev.twofold.redis.Payload;
import dev.twofold.redis.RedisSettings;
import dev.twofold.redis.Source;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import redis.embedded.RedisServer;

/// What the arithmetic of growing leans on: that logs side by side do not cost each other anything,
/// and what a change costs a Redis that many nodes listen to.
@Command(name = "scale", showDefaultValues = true, mixinStandardHelpOptions = true)
final class ScaleBenchmark implements Runnable {
    private static final int DOCUMENTS = 10_000;

    @Option(names = "--logs", split = ",", defaultValue = "1,2,4,8")
    private List<Integer> logs = List.of();

    @Option(names = "--callers", defaultValue = "64", description = "of each log")
    private int callers;

    @Option(names = "--nodes", split = ",", defaultValue = "1,8,32,128")
    private List<Integer> nodes = List.of();

    @Option(names = "--changes", defaultValue = "1000", description = "a second")
    private int changes;

    @Option(names = "--rounds", defaultValue = "3")
    private int rounds;

    @Option(names = "--time", defaultValue = "PT4S", description = "of each round")
    private Duration time = Duration.ZERO;

    private final PrintStream out;

    ScaleBenchmark(PrintStream out) {
        this.out = out;
    }

    static void main(String[] args) {
        Logger.getLogger("").setLevel(Level.SEVERE);
        System.exit(new CommandLine(new ScaleBenchmark(System.out)).execute(args));
    }

    @Override
    public void run() {
        logsSideBySide();
        nodesOfOneRedis();
    }

    private void logsSideBySide() {
        List<PostgresEventStore> stores = new ArrayList<>();
        try (Server server = new Server()) {
            int most = logs.stream().mapToInt(Integer::intValue).max().orElse(0);
            for (int i = 1; i <= most; i++) {
                var pool = server.pool("log_" + i);
                PostgresLog.migrate(pool);
                stores.add(new PostgresEventStore(pool));
            }
            out.print(server.description());
            out.printf("%n### Logs side by side, %,d callers of each%n%n", callers);
            out.println("| logs | appends/s, to one log | CPU for each, to one log | CPU µs |");
            out.println("| --- | --- | --- | --- |");
            Rounds measured = new Rounds();
            for (int round = 0; round <= rounds; round++) {
                for (int count : logs) {
                    Sample sample = appends(server, stores.subList(0, count));
                    if (round > 0) { // the first is for warming up
                        measured.add(Integer.toString(count), sample);
                    }
                }
            }
            String one = Integer.toString(logs.getFirst());
            for (String count : measured.contenders()) {
                out.printf(
                        "| %s | %s | %s | %.0f |%n",
                        count,
                        measured.ratioWithRange(count, one, Sample::perSecond),
                        measured.ratio(count, one, Sample::cpu),
                        measured.median(count, Sample::cpu));
            }
            stores.forEach(PostgresEventStore::close);
        }
    }

    private Sample appends(Server server, List<PostgresEventStore> stores) {
        AtomicInteger next = new AtomicInteger();
        Cpu before = server.cpu();
        Load load =
                Load.during(
                        time,
                        callers * stores.size(),
                        () -> append(stores.get(next.getAndIncrement() % stores.size())));
        return new Sample(load, server.cpu().since(before));
    }

    private static void append(PostgresEventStore store) {
        ItemCreated event = new ItemCreated(UuidV7.next().toString(), ItemEvent.note());
        store.append(Append.of(List.of(TwofoldContender.TYPES.encode(event, Metadata.none()))));
    }

    private void nodesOfOneRedis() {
        out.printf("%n### Nodes that listen to one Redis, %,d changes a second%n%n", changes);
        out.println("| nodes | Redis CPU µs a change | the same, for each node |");
        out.println("| --- | --- | --- |");
        for (int count : nodes) {
            double micros = listened(count);
            out.printf("| %,d | %.1f | %.2f |%n", count, micros, micros / count);
        }
    }

    /// Each node has all documents near, so each hears of each change.
    private double listened(int count) {
        Counted source = new Counted();
        List<DocumentCache> caches = new ArrayList<>();
        try {
            RedisServer redis = RedisServer.newRedisServer().setting("save \"\"").build();
            redis.start();
            try {
                RedisSettings settings =
                        RedisSettings.of("redis://127.0.0.1:" + redis.ports().getFirst(), "scale");
                for (int i = 0; i < count; i++) {
                    caches.add(DocumentCache.withRedis(source, CacheSettings.defaults(), settings));
                }
                change(source, caches.getFirst(), time.dividedBy(2)); // for warming up
                Duration before = Cpu.ofChildren("redis");
                long made = change(source, caches.getFirst(), time);
                Duration taken = Cpu.ofChildren("redis").minus(before);
                return taken.toNanos() / 1e3 / made;
            } finally {
                caches.forEach(DocumentCache::close);
                redis.stop();
            }
        } catch (IOException e) {
            throw new IllegalStateException("Redis did not start", e);
        }
    }

    private long change(Counted source, DocumentCache writer, Duration length) {
        long begin = System.nanoTime();
        long calls = changes * length.toMillis() / 1_000;
        for (long i = 0; i < calls; i++) {
            long due = begin + i * 1_000_000_000L / changes;
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            long position = source.position.incrementAndGet();
            String key = Long.toString(position % DOCUMENTS);
            writer.changed(new Changes(1, position - 1, position, Set.of(key), true));
        }
        return calls;
    }

    /// Documents that do not matter, and a count of their changes.
    private static final class Counted implements Source {
        private final AtomicLong position = new AtomicLong();

        @Override
        public Answer find(String key, long notOlderThan) {
            long now = position.get();
            return new Answer(1, now, now, Payload.of("{}".getBytes(StandardCharsets.UTF_8)));
        }

        @Override
        public Standing standing() {
            return new Standing(1, position.get());
        }
    }
}
