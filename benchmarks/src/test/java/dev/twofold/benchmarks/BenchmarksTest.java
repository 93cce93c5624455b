package dev.twofold.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// That the benchmarks still run; what they measure in so short a time means nothing.
class BenchmarksTest {

    @Test
    void compares_appends_with_those_of_peers() {
        String output = run(AppendBenchmark::new, "--streams=8");
        assertThat(output)
                .contains("fsync=on", "synchronous_commit=on")
                .contains("| 2 | Twofold |", "| 2 | Twofold, cache |")
                .contains("| 2 | Axon |", "| 2 | Axon, cache |");
    }

    @Test
    void compares_appends_to_logs_of_different_sizes() {
        String output = run(AppendBySizeBenchmark::new, "--events=2000,4000");
        assertThat(output).contains("| 2 | 2,000 events |", "| 2 | 4,000 events |");
    }

    private static String run(Function<PrintStream, Object> benchmark, String option) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, UTF_8);
        int exit =
                new CommandLine(benchmark.apply(out))
                        .execute(
                                option,
                                "--callers=2",
                                "--rounds=1",
                                "--time=PT0.05S",
                                "--warm-up=PT0S");
        assertThat(exit).isZero();
        return bytes.toString(UTF_8);
    }
}
