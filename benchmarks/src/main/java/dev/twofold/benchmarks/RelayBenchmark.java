package dev.twofold.benchmarks;

import dev.twofold.CommandHandler;
import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.EventFeed;
import dev.twofold.Metadata;
import dev.twofold.benchmarks.ItemCommand.CreateItem;
import dev.twofold.benchmarks.ItemDecider.Item;
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
import dev.twofold.postgres.ViewTable;
import dev.twofold.postgres.WaitOutcome;
import dev.twofold.testkit.TestKafka;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToDoubleFunction;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The relay to Kafka beside Kafka's own tool and an outbox poller, on one broker and with records
/// of one size; the time from a command to a document on a node that Kafka feeds; and how fast that
/// node catches up.
@Command(name = "relay", showDefaultValues = true, mixinStandardHelpOptions = true)
final class RelayBenchmark implements Runnable {
    private static final Pattern RESULT =
            Pattern.compile("(\\d+) records sent, ([\\d.]+) records/sec");
    private static final int PARTITIONS = 6;

    @Option(names = "--events", defaultValue = "200000")
    private long events;

    @Option(names = "--rounds", defaultValue = "3")
    private int rounds;

    @Option(names = "--rates", split = ",", defaultValue = "100,1000")
    private List<Integer> rates = List.of();

    @Option(
            names = "--time",
            defaultValue = "PT10S",
            description = "of the outbox, and of each rate in each round")
    private Duration time = Duration.ZERO;

    @Option(
            names = "--warm-up",
            defaultValue = "PT30S",
            description = "before the first rate, at the highest")
    private Duration warmUp = Duration.ZERO;

    private final PrintStream out;

    RelayBenchmark(PrintStream out) {
        this.out = out;
    }

    static void main(String[] args) {
        Logger.getLogger("").setLevel(Level.SEVERE);
        System.exit(new CommandLine(new RelayBenchmark(System.out)).execute(args));
    }

    @Override
    public void run() {
        try (Server server = new Server();
                TestKafka kafka = TestKafka.startAsShipped()) {
            DataSource log = server.pool("log");
            PostgresLog.migrate(log);
            new BulkLog(events).fill(log);
            execute(log, OutboxPoller.create());
            out.print(server.description());
            out.printf(
                    "a broker on the same machine as Kafka ships it, with 1 GB of memory, %d"
                            + " partitions%n",
                    PARTITIONS);
            try (PostgresEventStore store = new PostgresEventStore(log)) {
                throughput(kafka, log, store);
                Topics topics = topics();
                try (Relay relay = relay(kafka, log, store, topics)) {
                    store.onGrowth(relay::appended);
                    await(relay, store.head());
                    catchUp(server, kafka, store, topics);
                    lag(server, kafka, store, topics);
                }
            }
        }
    }

    private void throughput(TestKafka kafka, DataSource log, PostgresEventStore store) {
        out.printf("%n### Throughput, records of the same size, acks=all%n%n");
        out.println("| contender | records/s by round |");
        out.println("| --- | --- |");
        StringBuilder relayed = new StringBuilder();
        StringBuilder tool = new StringBuilder();
        StringBuilder outbox = new StringBuilder();
        for (int round = 0; round <= rounds; round++) {
            Topics topics = topics();
            double one = relayed(kafka, log, store, topics);
            int size = recordSize(kafka, topics);
            double two = producerPerformance(kafka, size);
            double three = outbox(kafka, log);
            if (round > 0) { // the first is for warming up
                relayed.append(" %,.0f".formatted(one));
                tool.append(" %,.0f".formatted(two));
                outbox.append(" %,.0f".formatted(three));
            }
        }
        out.println("| Twofold's relay |" + relayed + " |");
        out.println("| kafka-producer-perf-test |" + tool + " |");
        out.println("| outbox poller, 100 rows a turn |" + outbox + " |");
    }

    private double relayed(
            TestKafka kafka, DataSource log, PostgresEventStore store, Topics topics) {
        long begin = System.nanoTime();
        try (Relay relay = relay(kafka, log, store, topics)) {
            await(relay, store.head());
            return events / seconds(begin);
        }
    }

    private static void await(Relay relay, long position) {
        while (relay.status().position() < position) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static Relay relay(
            TestKafka kafka, DataSource log, PostgresEventStore store, Topics topics) {
        Relay relay =
                new Relay(
                        store,
                        store.info().epoch(),
                        new PostgresLeases(log),
                        kafka.settings(),
                        RelaySettings.to(topics));
        relay.start();
        return relay;
    }

    private static Topics topics() {
        return Topics.one("relay-" + UUID.randomUUID()).withPartitions(PARTITIONS);
    }

    /// A new topic, over as many partitions as the relay's.
    private static String topic(TestKafka kafka, String prefix) {
        String name = prefix + UUID.randomUUID();
        try (Admin admin = Admin.create(kafka.settings())) {
            admin.createTopics(List.of(new NewTopic(name, PARTITIONS, (short) 1)))
                    .all()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
        }
        return name;
    }

    private double outbox(TestKafka kafka, DataSource log) {
        execute(log, "UPDATE outbox SET sent = false WHERE sent");
        long begin = System.nanoTime();
        long sent =
                new OutboxPoller(log, topic(kafka, "outbox-"), 100)
                        .run(kafka.settings(), time.toNanos());
        return sent / seconds(begin);
    }

    /// Of an event's record: key, value and headers.
    private static int recordSize(TestKafka kafka, Topics topics) {
        ByteArrayDeserializer bytes = new ByteArrayDeserializer();
        TopicPartition first = new TopicPartition(topics.base(), 0);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(kafka.settings(), bytes, bytes)) {
            consumer.assign(List.of(first));
            consumer.seekToBeginning(List.of(first));
            while (true) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    if (record.serializedValueSize() > 0) {
                        int size = record.serializedKeySize() + record.serializedValueSize();
                        for (Header header : record.headers()) {
                            size += header.key().length() + header.value().length;
                        }
                        return size;
                    }
                }
            }
        }
    }

    /// Runs the tool in a process of its own, as it is run by people.
    private double producerPerformance(TestKafka kafka, int size) {
        try {
            Process process =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-Xmx512m",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    "org.apache.kafka.tools.ProducerPerformance",
                                    "--topic",
                                    topic(kafka, "perf-"),
                                    "--num-records",
                                    Long.toString(events),
                                    "--record-size",
                                    Integer.toString(size),
                                    "--throughput",
                                    "-1",
                                    "--producer-props",
                                    "bootstrap.servers=" + kafka.bootstrap(),
                                    "acks=all",
                                    "batch.size=131072",
                                    "linger.ms=0")
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            double last = 0;
            try (BufferedReader lines = process.inputReader()) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    Matcher result = RESULT.matcher(line);
                    if (result.find() && Long.parseLong(result.group(1)) == events) {
                        last = Double.parseDouble(result.group(2));
                    }
                }
            }
            return last;
        } catch (IOException e) {
            throw new IllegalStateException("the tool did not run", e);
        }
    }

    private void catchUp(Server server, TestKafka kafka, PostgresEventStore store, Topics topics) {
        out.printf("%n### A new node catches up, into nothing%n%n");
        out.println("| from | events/s |");
        out.println("| --- | --- |");
        try (KafkaLog feed = feed(kafka, topics)) {
            out.printf("| topic | %,.0f |%n", caughtUp(server, feed, store.head()));
        }
        out.printf("| log | %,.0f |%n", caughtUp(server, store, store.head()));
    }

    private double caughtUp(Server server, EventFeed feed, long head) {
        DataSource node = node(server);
        Projection<ItemEvent> nothing =
                Projection.sql(
                        "nothing",
                        1,
                        TwofoldContender.TYPES,
                        "CREATE TABLE ${table} ()",
                        (_, _, _) -> {});
        long begin = System.nanoTime();
        try (Projections projections = new Projections(node, feed, List.of(nothing))) {
            projections.start();
            WaitOutcome outcome = projections.await("nothing", head, Duration.ofMinutes(5));
            if (!(outcome instanceof WaitOutcome.Reached)) {
                throw new IllegalStateException("the node did not catch up: " + outcome);
            }
            return head / seconds(begin);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KafkaLog feed(TestKafka kafka, Topics topics) {
        KafkaLog feed = new KafkaLog(kafka.settings(), topics);
        try {
            if (!feed.awaitEnd(Duration.ofMinutes(1))) {
                throw new IllegalStateException("the topic was not found");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return feed;
    }

    private static DataSource node(Server server) {
        DataSource node = server.pool("node_" + NODES.incrementAndGet());
        PostgresLog.migrate(node);
        return node;
    }

    private static final AtomicLong NODES = new AtomicLong();

    /// From when an append was due until a query on the node can see its event.
    private void lag(Server server, TestKafka kafka, PostgresEventStore store, Topics topics) {
        out.printf("%n### From a command to a document on the node that Kafka feeds%n%n");
        out.println("| commands a second | p50 ms by round | p99 ms by round | most ms |");
        out.println("| --- | --- | --- | --- |");
        Projection<ItemEvent> pages =
                Projection.of(
                        TwofoldContender.TYPES,
                        new ViewTable<>(new ItemPageView("item-page"), new JacksonCodec()));
        try (KafkaLog feed = feed(kafka, topics);
                Projections node = new Projections(node(server), feed, List.of(pages))) {
            feed.onGrowth(node::appended);
            node.start();
            await(node, store.head(), Duration.ofMinutes(5));
            if (warmUp.isPositive()) {
                visible(store, node, Collections.max(rates), warmUp);
            }
            for (int rate : rates) {
                List<OpenLoop> measured = new ArrayList<>();
                for (int round = 0; round < rounds; round++) {
                    measured.add(visible(store, node, rate, time));
                }
                out.printf(
                        "| %,d |%s |%s | %.1f |%n",
                        rate,
                        byRound(measured, lag -> lag.millis(50)),
                        byRound(measured, lag -> lag.millis(99)),
                        measured.stream().mapToDouble(lag -> lag.millis(100)).max().orElse(0));
            }
        }
    }

    private static String byRound(List<OpenLoop> measured, ToDoubleFunction<OpenLoop> value) {
        return measured.stream()
                .map(lag -> " %.1f".formatted(value.applyAsDouble(lag)))
                .collect(Collectors.joining());
    }

    private static OpenLoop visible(
            PostgresEventStore store, Projections node, int rate, Duration length) {
        CommandHandler<ItemCommand, Item, String> handler = TwofoldContender.handler(store);
        long end = System.nanoTime() + length.toNanos();
        return OpenLoop.run(
                () -> System.nanoTime() < end,
                new OpenLoop.Call(
                        rate, () -> await(node, create(handler), Duration.ofMinutes(1)), true));
    }

    private static void await(Projections node, long position, Duration most) {
        try {
            WaitOutcome outcome = node.await("item-page", position, most);
            if (!(outcome instanceof WaitOutcome.Reached)) {
                throw new IllegalStateException("the node has not come there: " + outcome);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Creates an item by a command, and tells the position of its event.
    private static long create(CommandHandler<ItemCommand, Item, String> handler) {
        CreateItem command = new CreateItem(UUID.randomUUID().toString(), ItemEvent.note());
        return switch (handler.handle(command, Metadata.none())) {
            case Accepted<Item, String> accepted -> accepted.position();
            case CommandOutcome<Item, String> other ->
                    throw new IllegalStateException("%s led to %s".formatted(command, other));
        };
    }

    private static double seconds(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }

    private static void execute(DataSource dataSource, String sql) {
        try (var connection = dataSource.getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException("the server refused: " + sql, e);
        }
    }
}
