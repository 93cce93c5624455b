package dev.twofold.catalog.cluster;

import java.util.List;
import java.util.stream.Collectors;

/// What a person sees of a cluster.
public final class Table {
    private static final String FORM = "%-14s %-9s %-9s %8s  %-24s %10s %8s  %s";

    private Table() {}

    /// A line for each part, below a line that names the columns.
    public static String of(List<Row> rows) {
        String head =
                FORM.formatted(
                        "PART", "ROLE", "STATE", "PID", "ADDRESS", "POSITION", "LAG", "NOTE");
        return rows.stream()
                .map(
                        row ->
                                FORM.formatted(
                                        row.name(),
                                        row.role(),
                                        row.state(),
                                        row.pid() == 0 ? "" : row.pid(),
                                        row.address(),
                                        number(row.position()),
                                        number(row.lag()),
                                        row.note()))
                .collect(Collectors.joining("\n", head + "\n", ""));
    }

    private static String number(long number) {
        return number < 0 ? "" : Long.toString(number);
    }
}
