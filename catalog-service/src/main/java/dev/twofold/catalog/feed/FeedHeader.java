package dev.twofold.catalog.feed;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import dev.twofold.catalog.TextRule;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The first line of a feed: which columns there are, and what stands between them.
///
/// Names are compared in lower case, with `_` for blanks and hyphens, so "Image Link" is
/// `image_link`.
record FeedHeader(char delimiter, List<String> columns) {
    private static final List<Character> DELIMITERS = List.of('\t', ',', ';', '|');
    private static final List<String> REQUIRED = List.of("id", "title", "price");
    static final int MAX_COLUMNS = 1_000;
    private static final TextRule NAME = TextRule.line(100);

    FeedHeader {
        columns = List.copyOf(columns);
    }

    /// The delimiter is that of tab, comma, semicolon and bar by which most required columns are
    /// found.
    ///
    /// @throws FeedException if a required column is missing, or a name is blank or there twice
    static FeedHeader parse(String line) {
        FeedHeader best = new FeedHeader('\t', List.of());
        for (char delimiter : DELIMITERS) {
            FeedHeader header = new FeedHeader(delimiter, names(line, delimiter));
            if (header.required() > best.required()) {
                best = header;
            }
        }
        best.check(line);
        return best;
    }

    private static List<String> names(String line, char delimiter) {
        try {
            return CsvReader.builder()
                    .fieldSeparator(delimiter)
                    .ofSingleCsvRecord(line)
                    .getFields()
                    .stream()
                    .map(FeedHeader::plain)
                    .toList();
        } catch (CsvParseException _) {
            return List.of();
        }
    }

    /// A column's name as it is compared.
    static String plain(String name) {
        return name.strip().toLowerCase(Locale.ROOT).replaceAll("[ -]", "_");
    }

    private long required() {
        return REQUIRED.stream().filter(columns::contains).count();
    }

    private void check(String line) {
        if (required() < REQUIRED.size()) {
            Set<String> missing = new TreeSet<>(REQUIRED);
            columns.forEach(missing::remove);
            throw new FeedException(
                    ("the first line of a feed names its columns, %s among them, with tab, comma,"
                                    + " semicolon or bar between; %s missing from \"%s\"")
                            .formatted(REQUIRED, missing, excerpt(line)));
        }
        if (columns.size() > MAX_COLUMNS) {
            throw new FeedException(
                    "a feed has at most %d columns, but this one has %d"
                            .formatted(MAX_COLUMNS, columns.size()));
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < columns.size(); i++) {
            Optional<String> fault = NAME.fault(columns.get(i));
            if (fault.isPresent()) {
                throw new FeedException(
                        "the name of column %d cannot be used: %s".formatted(i + 1, fault.get()));
            }
            if (!seen.add(columns.get(i))) {
                throw new FeedException(
                        "the header names column \"%s\" twice; rename or remove one"
                                .formatted(columns.get(i)));
            }
        }
    }

    private static String excerpt(String line) {
        return line.length() > 200 ? line.substring(0, 200) + "…" : line;
    }
}
