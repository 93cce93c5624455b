package dev.twofold.benchmarks;

import dev.twofold.Append;
import dev.twofold.EventFeed;
import dev.twofold.Metadata;
import dev.twofold.benchmarks.ItemEvent.ItemCreated;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.kafka.KafkaLog;
import dev.twofold.kafka.Relay;
import dev.twofold.kafka.RelaySettings;
import dev.twofold.kafka.Topics;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLeases;
import dev.twofold.postgres.PostgresLog;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.ViewAnswer.Found;
import dev.twofold.postgres.ViewReader;
import dev.twofold.postgres.ViewTable;
import dev.twofold.postgres.WaitOutcome.Reached;
import dev.twofold.testkit.TestKafka;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntToLongFunction;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.sql.DataSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// What each stage that an event passes takes of processors and disks, and what a read of a
/// document does.
@Command(name = "costs", showDefaultValues = true, mixinStandardHelpOptions = true)
final class CostsBenchmark implements Runnable {
    private static final int READERS = 8;

    @Option(
            names = "--callers",
            split = ",",
            defaultValue = "1,32,256",
            description = "that append")
    private List<Integer> callers = List.of();

    @Option(names = "--time", defaultValue = "PT5S", description = "of appends and of reads")
    private Duration time = Duration.ZERO;

    private final PrintStream out;
    private final AtomicLong items = new AtomicLong();

    CostsBenchmark(PrintStream out) {
        this.out = out;
    }

    static void main(String[] args) {
        Logger.getLogger("").setLevel(Level.SEVERE);
        System.exit(new CommandLine(new CostsBenchmark(System.out)).execute(args));
    }

    @Override
    public void run() {
        try (Server server = new Server();
                TestKafka kafka = TestKafka.startAsShipped()) {
            DataSource log = server.pool("log");
            PostgresLog.migrate(log);
            out.print(server.description());
            out.println();
            out.println(
                    "| for each event, or read | client CPU µs | server CPU µs | broker CPU µs |"
                            + " WAL bytes | stored bytes |");
            out.println("| --- | --- | --- | --- | --- | --- |");
            try (PostgresEventStore store = new PostgresEventStore(log)) {
                Meter meter = new Meter(server, "log", out);
                for (int count : callers) {
                    meter.row("append, %,d callers".formatted(count), _ -> append(store, count));
                }
                meter.row("fold into nothing", run -> take(log, store, store, nothing(run)));
                meter.row("fold into a document", run -> take(log, store, store, pages(run)));
                ViewReader<ItemPage> reader = new ViewReader<>(log, view(1));
                meter.row("read of a document", _ -> read(reader));
                meter.row("relay", run -> relay(kafka, log, store, topics(run)));
                fromTopic(new Meter(server, "node", out), server, kafka, store);
            }
        }
    }

    private void fromTopic(Meter meter, Server server, TestKafka kafka, PostgresEventStore store) {
        DataSource node = server.pool("node");
        PostgresLog.migrate(node);
        meter.row(
                "fold into a document, from the topic",
                run -> {
                    try (KafkaLog topic = new KafkaLog(kafka.settings(), topics(run))) {
                        if (!topic.awaitEnd(Duration.ofMinutes(1))) {
                            throw new IllegalStateException("the topic was not found");
                        }
                        return take(node, topic, store, pages(run));
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
    }

    private static Topics topics(int run) {
        return Topics.one("costs-" + run).withPartitions(6);
    }

    private long append(PostgresEventStore store, int count) {
        return Load.during(time, count, () -> append(store)).latency().getTotalCount();
    }

    private void append(PostgresEventStore store) {
        ItemCreated event = new ItemCreated(id(items.getAndIncrement()), ItemEvent.note());
        store.append(Append.of(List.of(TwofoldContender.TYPES.encode(event, Metadata.none()))));
    }

    private static ViewTable<ItemEvent, ItemPage> view(int run) {
        return new ViewTable<>(new ItemPageView("item-page-" + run), new JacksonCodec());
    }

    private static Projection<ItemEvent> pages(int run) {
        return Projection.of(TwofoldContender.TYPES, view(run));
    }

    private static Projection<ItemEvent> nothing(int run) {
        return Projection.sql(
                "nothing-" + run,
                1,
                TwofoldContender.TYPES,
                "CREATE TABLE ${table} ()",
                (events, table, connection) -> {});
    }

    /// Lets a projection take in the whole log.
    private static long take(
            DataSource node,
            EventFeed feed,
            PostgresEventStore store,
            Projection<ItemEvent> projection) {
        long head = store.head();
        try (Projections projections = new Projections(node, feed, List.of(projection))) {
            projections.start();
            if (!(projections.await(projection.name(), head, Duration.ofMinutes(10))
                    instanceof Reached)) {
                throw new IllegalStateException(projection.name() + " did not catch up");
            }
            return head;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private long read(ViewReader<ItemPage> reader) {
        long count = items.get();
        return Load.during(
                        time,
                        READERS,
                        () -> {
                            String id = id(ThreadLocalRandom.current().nextLong(count));
                            if (!(reader.find(id) instanceof Found<ItemPage>)) {
                                throw new IllegalStateException("item " + id + " was not found");
                            }
                        })
                .latency()
                .getTotalCount();
    }

    private static String id(long number) {
        return "%08d".formatted(number);
    }

    private static long relay(
            TestKafka kafka, DataSource log, PostgresEventStore store, Topics topics) {
        long head = store.head();
        try (Relay relay =
                new Relay(
                        store,
                        store.info().epoch(),
                        new PostgresLeases(log),
                        kafka.settings(),
                        RelaySettings.to(topics))) {
            relay.start();
            while (relay.status().position() < head) {
                LockSupport.parkNanos(1_000_000);
            }
            return head;
        }
    }

    /// Measures stages, and prints a row for each.
    private record Meter(Server server, String database, PrintStream out) {

        /// @param stage is told whether it is the run for warming up, 0, or the measured one, 1,
        ///   and returns how many events or reads it did
        void row(String name, IntToLongFunction stage) {
            var _ = stage.applyAsLong(0);
            Duration broker = Cpu.ofChildren("java");
            Cpu cpu = server.cpu();
            long wal = wal();
            long stored = stored();
            double count = stage.applyAsLong(1);
            Cpu taken = server.cpu().since(cpu);
            out.printf(
                    "| %s | %.1f | %.1f | %.1f | %.0f | %.0f |%n",
                    name,
                    micros(taken.client(), count),
                    micros(taken.server(), count),
                    micros(Cpu.ofChildren("java").minus(broker), count),
                    (wal() - wal) / count,
                    (stored() - stored) / count);
        }

        private long wal() {
            return number("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint");
        }

        private long stored() {
            return number("SELECT pg_database_size('%s')".formatted(database));
        }

        private long number(String sql) {
            return Long.parseLong(server.ask(sql));
        }

        private static double micros(Duration cpu, double count) {
            return cpu.toNanos() / 1e3 / count;
        }
    }
}
