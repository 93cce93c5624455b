package dev.twofold.benchmarks;

import dev.twofold.Append;
import dev.twofold.Metadata;
import dev.twofold.benchmarks.AxonStreaming.Claim;
import dev.twofold.benchmarks.ItemEvent.ItemCreated;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLog;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.ViewAnswer.Found;
import dev.twofold.postgres.ViewReader;
import dev.twofold.postgres.ViewTable;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The time from the kill of the process that keeps the documents up to date until another one,
/// which stood by, has made those of the next commands, by Twofold and by Axon Framework.
@Command(name = "recovery", showDefaultValues = true, mixinStandardHelpOptions = true)
final class RecoveryBenchmark implements Runnable {
    private static final int ITEMS = 20;
    private static final Duration BETWEEN_QUERIES = Duration.ofMillis(2);
    private static final Duration SETTLING = Duration.ofSeconds(3);

    @Option(names = "--rounds", defaultValue = "3")
    private int rounds;

    @Option(
            names = "--claims",
            split = ",",
            defaultValue = "PT10S,PT2S",
            description = "timeouts of Axon's claims on a token; 10 seconds are its default")
    private List<Duration> claims = List.of();

    @Option(
            names = "--contenders",
            split = ";",
            defaultValue = "",
            description = "all whose names start with one of these, separated by ;")
    private List<String> names = List.of();

    private final PrintStream out;

    RecoveryBenchmark(PrintStream out) {
        this.out = out;
    }

    static void main(String[] args) {
        Logger.getLogger("").setLevel(Level.WARNING);
        System.exit(new CommandLine(new RecoveryBenchmark(System.out)).execute(args));
    }

    @Override
    public void run() {
        try (Server server = new Server();
                PostgresEventStore store = new PostgresEventStore(server.pool())) {
            PostgresLog.migrate(server.pool());
            new AxonStreaming(server.pool()).createTables();
            out.print(server.description());
            Map<String, List<Double>> seconds = new LinkedHashMap<>();
            for (int round = 0; round < rounds; round++) {
                for (Documents documents : contenders(server, store)) {
                    seconds.computeIfAbsent(documents.name(), _ -> new ArrayList<>())
                            .add(measure(server, documents));
                }
            }
            print(seconds);
        }
    }

    private List<Documents> contenders(Server server, PostgresEventStore store) {
        return Stream.concat(
                        Stream.of(new TwofoldDocuments(server, store)),
                        claims.stream()
                                .flatMap(
                                        claim ->
                                                Stream.of(
                                                        new AxonDocuments(server, false, claim),
                                                        new AxonDocuments(server, true, claim))))
                .filter(one -> names.stream().anyMatch(one.name()::startsWith))
                .toList();
    }

    private static double measure(Server server, Documents documents) {
        documents.prepare();
        try (Node first = new Node(server, documents)) {
            documents.awaitOwner();
            try (Node second = new Node(server, documents)) {
                LockSupport.parkNanos(SETTLING.toNanos()); // until they have dealt out the work
                documents.awaitAll(documents.append());
                Set<Long> owners = documents.owners();
                Node owner = owners.contains(first.pid()) ? first : second;
                if (!owners.equals(Set.of(owner.pid()))) {
                    throw new IllegalStateException(
                            "one process of %d and %d has all the work, but %s have"
                                    .formatted(first.pid(), second.pid(), owners));
                }
                long begin = System.nanoTime();
                owner.close();
                documents.awaitAll(documents.append());
                return (System.nanoTime() - begin) / 1e9;
            }
        }
    }

    private void print(Map<String, List<Double>> seconds) {
        out.printf("%n### From a kill to the documents of the next %d commands%n%n", ITEMS);
        out.println("| contender | it ÷ Twofold | seconds | least | most |");
        out.println("| --- | --- | --- | --- | --- |");
        double first = median(seconds.values().iterator().next());
        seconds.forEach(
                (name, each) ->
                        out.printf(
                                "| %s | %.2f | %.2f | %.2f | %.2f |%n",
                                name,
                                median(each) / first,
                                median(each),
                                each.stream().min(Double::compare).orElseThrow(),
                                each.stream().max(Double::compare).orElseThrow()));
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }

    /// A process that makes the documents, see [RecoveryNode].
    private static final class Node implements AutoCloseable {
        private final Process process;

        /// Returns when it has begun.
        Node(Server server, Documents documents) {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"));
            command.addAll(List.of("-cp", System.getProperty("java.class.path")));
            command.add(RecoveryNode.class.getName());
            command.add(server.url());
            command.addAll(documents.arguments());
            try {
                process =
                        new ProcessBuilder(command)
                                .redirectError(ProcessBuilder.Redirect.INHERIT)
                                .start();
                BufferedReader lines = process.inputReader();
                if (!"ready".equals(lines.readLine())) {
                    throw new IllegalStateException("a node did not start");
                }
            } catch (IOException e) {
                throw new UncheckedIOException("a node did not start", e);
            }
        }

        long pid() {
            return process.pid();
        }

        /// Kills it by `SIGKILL`.
        @Override
        public void close() {
            process.destroyForcibly().onExit().join();
        }
    }

    /// Events, and the documents that nodes make of them.
    private interface Documents {
        String name();

        /// What a node is told to be.
        List<String> arguments();

        /// Makes nodes begin at the end of the log, and nobody own anything.
        void prepare();

        /// The processes that do the work.
        Set<Long> owners();

        void append(ItemEvent event);

        boolean isVisible(String item);

        default void awaitOwner() {
            while (owners().isEmpty()) {
                append();
                LockSupport.parkNanos(BETWEEN_QUERIES.toNanos());
            }
        }

        /// Appends an event for each of a number of items.
        default List<String> append() {
            List<String> items =
                    Stream.generate(() -> UUID.randomUUID().toString()).limit(ITEMS).toList();
            items.forEach(item -> append(new ItemCreated(item, ItemEvent.note())));
            return items;
        }

        default void awaitAll(List<String> items) {
            for (String item : items) {
                while (!isVisible(item)) {
                    LockSupport.parkNanos(BETWEEN_QUERIES.toNanos());
                }
            }
        }
    }

    private static final class TwofoldDocuments implements Documents {
        private final PostgresEventStore store;
        private final Projections projections;
        private final ViewReader<ItemPage> reader;

        TwofoldDocuments(Server server, PostgresEventStore store) {
            ViewTable<ItemEvent, ItemPage> table =
                    new ViewTable<>(new ItemPageView(RecoveryNode.VIEW), new JacksonCodec());
            this.store = store;
            this.projections =
                    new Projections(
                            server.pool(),
                            store,
                            List.of(Projection.of(TwofoldContender.TYPES, table)));
            this.reader = new ViewReader<>(server.pool(), table);
        }

        @Override
        public String name() {
            return "Twofold";
        }

        @Override
        public List<String> arguments() {
            return List.of("twofold");
        }

        @Override
        public void prepare() {
            // nodes go on where others left off
        }

        /// Of names such as `host-4711-a1b2`.
        @Override
        public Set<Long> owners() {
            return projections.status().stream()
                    .map(status -> status.node())
                    .filter(node -> node != null)
                    .map(node -> node.split("-"))
                    .map(parts -> Long.parseLong(parts[parts.length - 2]))
                    .collect(Collectors.toSet());
        }

        @Override
        public void append(ItemEvent event) {
            store.append(Append.of(List.of(TwofoldContender.TYPES.encode(event, Metadata.none()))));
        }

        @Override
        public boolean isVisible(String item) {
            return reader.find(item) instanceof Found<ItemPage>;
        }
    }

    private record AxonDocuments(Server server, boolean pooled, Duration claim)
            implements Documents {
        private static final String OWNERS =
                "SELECT coalesce(string_agg(DISTINCT owner, ','), '') FROM TokenEntry";

        @Override
        public String name() {
            return "Axon, %s, a claim of %d s%s"
                    .formatted(
                            pooled ? "pooled" : "tracking",
                            claim.toSeconds(),
                            claim.equals(Claim.DEFAULT.timeout()) ? " (default)" : "");
        }

        @Override
        public List<String> arguments() {
            return List.of(pooled ? "pooled" : "tracking", Long.toString(claim.toMillis()));
        }

        @Override
        public void prepare() {
            server.execute("DELETE FROM TokenEntry");
        }

        /// Of names such as `4711@host`.
        @Override
        public Set<Long> owners() {
            return Stream.of(server.ask(OWNERS).split(","))
                    .filter(owner -> !owner.isEmpty())
                    .map(owner -> Long.parseLong(owner.substring(0, owner.indexOf('@'))))
                    .collect(Collectors.toSet());
        }

        @Override
        public void append(ItemEvent event) {
            DomainEventMessage<ItemEvent> message =
                    new GenericDomainEventMessage<>("AxonItem", event.id(), 0, event);
            new AxonStreaming(server.pool()).engine(1).appendEvents(message);
        }

        @Override
        public boolean isVisible(String item) {
            return server.ask(
                            "SELECT count(*) FROM axon_item_page WHERE key = '%s'".formatted(item))
                    .equals("1");
        }
    }
}
