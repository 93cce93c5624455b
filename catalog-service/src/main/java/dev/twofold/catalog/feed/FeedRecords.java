package dev.twofold.catalog.feed;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecordHandler;
import de.siegmar.fastcsv.reader.FieldModifier;
import dev.twofold.catalog.feed.FeedLines.Line;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The records of a delimited file after RFC 4180, each of one line or, where quotes hold line
/// breaks, of several. Blanks around a field count only inside quotes.
///
/// A quote that nothing closes would make the rest of the file one field. So a record of several
/// lines counts only if it has all its fields within 100 lines; else its first line is at fault and
/// the next begins a record of its own. Not safe for use by many threads.
final class FeedRecords {
    private static final int MAX_LINES = 100;

    private final FeedLines lines;
    private final char delimiter;
    private final int columns;
    private final CsvReader.CsvReaderBuilder csv;
    private final Deque<Line> ahead = new ArrayDeque<>();

    FeedRecords(FeedLines lines, char delimiter, int columns) {
        this.lines = lines;
        this.delimiter = delimiter;
        this.columns = columns;
        this.csv =
                CsvReader.builder()
                        .fieldSeparator(delimiter)
                        .skipEmptyLines(false)
                        .maxBufferSize(4 * FeedLines.MAX_BYTES);
    }

    /// The fields of a record, or what is wrong with the line.
    ///
    /// @param text its first line
    /// @param fault null if the values are those of the record
    record Fields(long line, String text, List<String> values, @Nullable String fault) {
        private static Fields faulty(Line line, String fault) {
            return new Fields(line.number(), line.text(), List.of(), fault);
        }
    }

    /// The next record; null at the end of the file. Blank lines are passed over.
    @Nullable Fields next() throws IOException {
        Line first = nextLine();
        while (first != null && first.fault() == null && first.text().isBlank()) {
            first = nextLine();
        }
        if (first == null) {
            return null;
        }
        if (first.fault() != null) {
            return Fields.faulty(first, first.fault());
        }
        if (!endsInQuotes(first.text(), false)) {
            return parse(first, first.text());
        }
        List<Line> more = linesUpToClosingQuote();
        Fields record = parse(first, join(first, more));
        if (record.fault() != null) {
            more.reversed().forEach(ahead::addFirst);
            return Fields.faulty(
                    first,
                    "it opens a quote that no later line closes properly; double the quote if it is"
                            + " part of the value, and put the value in quotes");
        }
        return record;
    }

    private @Nullable Line nextLine() throws IOException {
        return ahead.isEmpty() ? lines.next() : ahead.removeFirst();
    }

    private List<Line> linesUpToClosingQuote() throws IOException {
        List<Line> more = new ArrayList<>();
        boolean open = true;
        while (open && more.size() < MAX_LINES) {
            Line line = nextLine();
            if (line == null) {
                break;
            }
            more.add(line);
            open = line.fault() == null && endsInQuotes(line.text(), true);
        }
        return more;
    }

    private static String join(Line first, List<Line> more) {
        StringBuilder text = new StringBuilder(first.text());
        String end = first.end();
        for (Line line : more) {
            text.append(end).append(line.text());
            end = line.end();
        }
        return text.toString();
    }

    private Fields parse(Line first, String text) {
        List<String> values;
        try {
            values =
                    csv.ofSingleCsvRecord(
                                    CsvRecordHandler.of(
                                            record -> record.fieldModifier(new Outside())),
                                    text)
                            .getFields();
        } catch (CsvParseException _) {
            return Fields.faulty(
                    first, "it has something between a closing quote and the next column");
        }
        return values.size() == columns
                ? new Fields(first.number(), first.text(), values, null)
                : Fields.faulty(
                        first,
                        "it has %d columns, but the header has %d"
                                .formatted(values.size(), columns));
    }

    /// Whether the end of the text is inside quotes; a quote opens only at the start of a field.
    private boolean endsInQuotes(String text, boolean startsInQuotes) {
        boolean quoted = startsInQuotes;
        boolean fieldStart = true;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted) {
                if (c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
                    i++;
                } else if (c == '"') {
                    quoted = false;
                }
                fieldStart = false;
            } else if (c == delimiter) {
                fieldStart = true;
            } else {
                quoted = c == '"' && fieldStart;
                fieldStart = false;
            }
        }
        return quoted;
    }

    /// Takes the blanks around fields that are not in quotes.
    private static final class Outside implements FieldModifier {
        @Override
        public String modify(long line, int index, boolean quoted, String field) {
            return quoted ? field : field.strip();
        }
    }
}
