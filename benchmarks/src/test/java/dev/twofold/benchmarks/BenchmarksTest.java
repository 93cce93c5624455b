package dev.twofold.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.list;

import dev.twofold.benchmarks.ReadsBenchmark.Question;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// That the benchmarks still run; what they measure in so short a time means nothing.
class BenchmarksTest {

    @Test
    void compares_appends_with_those_of_peers() {
        String output = compare(AppendBenchmark::new, "--streams=8");
        assertThat(output)
                .contains("fsync=on", "synchronous_commit=on")
                .contains("| 2 | Twofold |", "| 2 | Twofold, cache |")
                .contains("| 2 | Axon |", "| 2 | Axon, cache |");
    }

    @Test
    void compares_appends_to_logs_of_different_sizes() {
        String output = compare(AppendBySizeBenchmark::new, "--events=2000,4000");
        assertThat(output).contains("| 2 | 2,000 events |", "| 2 | 4,000 events |");
    }

    @Test
    void compares_replays_with_those_of_a_peer() {
        String output =
                run(
                        ReplayBenchmark::new,
                        "--events=2000",
                        "--rounds=1",
                        "--time=PT5S",
                        "--contenders=Twofold;Axon, pooled, batch 256, segments 4");
        assertThat(output)
                .contains("### Replay into nothing", "### Replay into product pages")
                .contains("| Twofold | 1.00 |", "| Axon, pooled, batch 256, segments 4 |")
                .contains("| Axon, pooled, batch 256, segments 4, handler batched |");
    }

    @Test
    void asks_for_documents_while_they_are_made_anew() {
        String output =
                run(
                        RebuildBenchmark::new,
                        "--events=2000",
                        "--rounds=1",
                        "--time=PT0.2S",
                        "--partitions=2",
                        "--compute");
        assertThat(output)
                .contains("### 500 queries and 20 commands a second")
                .contains("| 1 | rebuild | 25 |", "| 1 | computation | 25 |");
    }

    @Test
    void measures_the_lag_of_documents_beside_that_of_a_peer() {
        String output =
                run(
                        LagBenchmark::new,
                        "--rates=50",
                        "--rounds=1",
                        "--time=PT0.2S",
                        "--warm-up=PT0S",
                        "--steps",
                        "--contenders=Twofold;Axon, pooled, batch 256, segments 1");
        assertThat(output)
                .contains("### 50 commands a second", "| Twofold | 1.00 | 1.00 |")
                .contains("| Axon, pooled, batch 256, segments 1, handler batched |")
                .contains("Twofold ÷ the best of Axon's")
                .contains("| Twofold | lock of the checkpoint, and load | ")
                .contains("handler batched | token | ");
    }

    @Test
    void measures_what_the_parts_of_a_replay_cost_at_the_least() {
        String output = run(FloorsBenchmark::new, "--events=2000", "--rounds=1");
        assertThat(output)
                .contains("| read and decode an event | ", "| encode and insert a new document | ");
    }

    @Test
    void kills_the_node_that_keeps_documents_up_to_date() {
        String output = run(RecoveryBenchmark::new, "--rounds=1", "--contenders=Twofold");
        assertThat(output).contains("| Twofold | 1.00 | ");
    }

    /// Needs the packed catalog, and so the phase `verify`.
    @Test
    void compares_reads_of_each_contender_for_each_question() {
        String output =
                run(
                        ReadsBenchmark::new,
                        "--products=1000",
                        "--reviews=10000",
                        "--rounds=1",
                        "--time=PT0.2S",
                        "--warm-up=PT0S",
                        "--connections=2",
                        "--rate=50",
                        "--checks=20",
                        "--catalog=../catalog-service/target/catalog.jar",
                        "--contenders=Twofold;SQL;Spring Data JPA");
        assertThat(output)
                .contains("| stale | said to be behind |")
                .containsPattern("\\| Twofold, near cache \\| [1-9]\\d* \\| 0 \\| \\d+ \\| 0 \\|")
                .containsPattern("\\| Twofold, Redis \\| 0 \\| [1-9]\\d* \\| \\d+ \\| 0 \\|")
                .containsPattern("\\| Twofold, read model \\| 0 \\| 0 \\| [1-9]\\d* \\| 0 \\|")
                .containsPattern("model on a replica \\| 0 \\| 0 \\| \\d+ \\| [1-9]\\d* \\|");
        for (Question question : Question.values()) {
            assertThat(Stream.of(output.split("### ")))
                    .filteredOn(part -> part.startsWith(question.title))
                    .singleElement()
                    .extracting(BenchmarksTest::compared, list(String.class))
                    .as(question.title)
                    .containsExactlyElementsOf(contenders(question));
        }
    }

    /// All of them but nginx, which is not installed everywhere.
    private static List<String> contenders(Question question) {
        List<String> caches = List.of("Twofold, near cache", "Twofold, Redis");
        List<String> all =
                List.of(
                        "Twofold, read model",
                        "Twofold, read model on a replica",
                        "SQL, five joins",
                        "Spring Data JPA, naive",
                        "Spring Data JPA, fetch joins");
        return switch (question) {
            case HOT, POPULAR, MIXED -> Stream.of(caches, all).flatMap(List::stream).toList();
            case LISTING, SEARCH -> all;
        };
    }

    /// What is in the first column of a table, below its head.
    private static List<String> compared(String part) {
        return part.lines()
                .filter(line -> line.startsWith("| "))
                .skip(2)
                .map(line -> line.substring(2, line.indexOf(" |")))
                .toList();
    }

    @Test
    void compares_the_relay_with_the_tool_of_the_broker_and_a_poller() {
        String output =
                run(
                        RelayBenchmark::new,
                        "--events=2000",
                        "--rounds=1",
                        "--rates=50",
                        "--time=PT0.5S",
                        "--warm-up=PT0.2S");
        assertThat(output)
                .contains("| Twofold's relay | ", "| kafka-producer-perf-test | ")
                .contains("| outbox poller", "| topic | ", "| log | ")
                .contains("### From a command to a document on the node that Kafka feeds")
                .containsPattern("\\| 50 \\| [\\d.]+ \\| [\\d.]+ \\| [\\d.]+ \\|");
    }

    @Test
    void measures_what_each_stage_costs() {
        String output = run(CostsBenchmark::new, "--callers=2", "--time=PT0.05S");
        assertThat(output)
                .contains("| append, 2 callers | ", "| fold into a document | ")
                .contains("| relay | ", "| fold into a document, from the topic | ");
    }

    @Test
    void measures_what_growing_costs() {
        String output =
                run(
                        ScaleBenchmark::new,
                        "--logs=1,2",
                        "--callers=4",
                        "--nodes=1,2",
                        "--rounds=1",
                        "--time=PT0.1S");
        assertThat(output).contains("### Logs side by side, 4", "### Nodes that listen to one");
    }

    private static String compare(Function<PrintStream, Object> benchmark, String option) {
        return run(
                benchmark, option, "--callers=2", "--rounds=1", "--time=PT0.05S", "--warm-up=PT0S");
    }

    private static String run(Function<PrintStream, Object> benchmark, String... options) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, UTF_8);
        int exit = new CommandLine(benchmark.apply(out)).execute(options);
        assertThat(exit).isZero();
        return bytes.toString(UTF_8);
    }
}
