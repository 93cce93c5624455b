package dev.twofold.catalog.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/// Lines of cells, one below the other; numbers to the right.
final class Columns {
    private final List<List<String>> lines = new ArrayList<>();

    Columns(String... heads) {
        lines.add(List.of(heads));
    }

    void line(Object... cells) {
        List<String> line = new ArrayList<>();
        for (Object cell : cells) {
            line.add(
                    switch (cell) {
                        case Long number -> "%,d".formatted(number);
                        case Integer number -> "%,d".formatted(number);
                        case Double number -> "%,.1f".formatted(number);
                        default -> cell.toString();
                    });
        }
        lines.add(line);
    }

    void print(PrintWriter out) {
        for (List<String> line : lines) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < line.size(); i++) {
                int column = i;
                int width =
                        lines.stream()
                                .mapToInt(other -> other.get(column).length())
                                .max()
                                .orElse(0);
                String pad = " ".repeat(width - line.get(i).length());
                text.append(i == 0 ? "" : "  ");
                text.append(isNumber(i) ? pad + line.get(i) : line.get(i) + pad);
            }
            out.println(text.toString().stripTrailing());
        }
    }

    private boolean isNumber(int column) {
        return lines.size() > 1
                && lines.stream()
                        .skip(1)
                        .allMatch(line -> line.get(column).matches("[0-9,.]*[0-9]|-"));
    }
}
