package dev.twofold.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/// Prints what contenders did as a table in Markdown, each beside those it is compared with.
final class Table {
    private final List<String> baselines;
    private final PrintStream out;

    /// Prints the head.
    Table(List<String> baselines, PrintStream out) {
        this.baselines = baselines;
        this.out = out;
        List<String> columns = new ArrayList<>(List.of("callers", "contender"));
        baselines.forEach(baseline -> columns.add("appends ÷ " + baseline));
        baselines.forEach(baseline -> columns.add("p50 ÷ " + baseline));
        baselines.forEach(baseline -> columns.add("CPU ÷ " + baseline));
        columns.addAll(List.of("appends/s", "p50 ms", "p99 ms", "client CPU µs", "server CPU µs"));
        print(columns);
        print(columns.stream().map(_ -> "---").toList());
    }

    void add(int callers, Rounds rounds) {
        for (String contender : rounds.contenders()) {
            List<String> cells = new ArrayList<>(List.of("%d".formatted(callers), contender));
            for (String baseline : baselines) {
                cells.add(rounds.ratioWithRange(contender, baseline, Sample::perSecond));
            }
            for (String baseline : baselines) {
                cells.add(rounds.ratio(contender, baseline, Sample::p50));
            }
            for (String baseline : baselines) {
                cells.add(rounds.ratio(contender, baseline, Sample::cpu));
            }
            cells.add("%.0f".formatted(rounds.median(contender, Sample::perSecond)));
            cells.add("%.2f".formatted(rounds.median(contender, Sample::p50)));
            cells.add("%.2f".formatted(rounds.median(contender, Sample::p99)));
            cells.add("%.0f".formatted(rounds.median(contender, Sample::clientCpu)));
            cells.add("%.0f".formatted(rounds.median(contender, Sample::serverCpu)));
            print(cells);
        }
    }

    private void print(List<String> cells) {
        out.println("| " + String.join(" | ", cells) + " |");
    }
}
