package dev.twofold.testkit;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.AppendOutcome.Conflict;
import dev.twofold.AppendOutcome.Overloaded;
import dev.twofold.AppendOutcome.Repeated;
import dev.twofold.Condition;
import dev.twofold.Condition.ExpectedVersion;
import dev.twofold.Condition.NoneMatching;
import dev.twofold.Metadata;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.Receipt;
import dev.twofold.RecordedEvent;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Reads what [HistoryWriter] wrote, in the same order.
final class HistoryReader implements AutoCloseable {
    private final DataInputStream in;

    HistoryReader(Path file) throws IOException {
        this.in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)));
    }

    List<HistoryChecker.Attempt> attempts() throws IOException {
        return all(this::attempt);
    }

    List<HistoryChecker.Read> reads() throws IOException {
        return all(this::read);
    }

    private HistoryChecker.Attempt attempt() throws IOException {
        Append append = append();
        long seen = in.readLong();
        AppendOutcome outcome = outcome();
        boolean written = in.readBoolean();
        Map<Query, Long> readUpTo = new HashMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            readUpTo.put(query(), in.readLong());
        }
        return new HistoryChecker.Attempt(append, seen, outcome, written, readUpTo);
    }

    private Append append() throws IOException {
        return new Append(
                all(this::event),
                all(this::condition),
                in.readBoolean() ? new Receipt(text(), text()) : null);
    }

    private @Nullable AppendOutcome outcome() throws IOException {
        byte kind = in.readByte();
        return switch (kind) {
            case '?' -> null;
            case 'A' -> new Appended(in.readLong(), in.readLong());
            case 'R' -> new Repeated(text(), in.readLong());
            case 'C' -> new Conflict(condition(), in.readLong());
            case 'O' -> new Overloaded(Duration.parse(text()));
            default -> throw unknown("outcome", kind);
        };
    }

    private Condition condition() throws IOException {
        byte kind = in.readByte();
        return switch (kind) {
            case 'V' -> new ExpectedVersion(StreamId.parse(text()), in.readLong());
            case 'N' -> new NoneMatching(query(), in.readLong());
            default -> throw unknown("condition", kind);
        };
    }

    private Query query() throws IOException {
        return new Query(
                all(
                        () ->
                                new Query.Item(
                                        stream(),
                                        Set.copyOf(all(this::text)),
                                        Set.copyOf(all(this::tag)))));
    }

    private HistoryChecker.Read read() throws IOException {
        return new HistoryChecker.Read(
                query(), in.readLong(), in.readInt(), in.readLong(), all(this::recorded));
    }

    private RecordedEvent recorded() throws IOException {
        NewEvent event = event();
        return new RecordedEvent(
                in.readLong(),
                event.id(),
                event.stream(),
                in.readLong(),
                event.type(),
                event.revision(),
                event.data(),
                event.tags(),
                event.metadata(),
                Instant.parse(text()));
    }

    private NewEvent event() throws IOException {
        return new NewEvent(
                new UUID(in.readLong(), in.readLong()),
                stream(),
                text(),
                in.readInt(),
                text(),
                Set.copyOf(all(this::tag)),
                new Metadata(textOrNull(), textOrNull(), textOrNull(), textOrNull()));
    }

    private Tag tag() throws IOException {
        return Tag.parse(text());
    }

    private @Nullable StreamId stream() throws IOException {
        String text = textOrNull();
        return text == null ? null : StreamId.parse(text);
    }

    private <T> List<T> all(Part<T> part) throws IOException {
        List<T> values = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            values.add(part.read());
        }
        return values;
    }

    private String text() throws IOException {
        String text = textOrNull();
        if (text == null) {
            throw new IOException("the history file has no text where one has to be");
        }
        return text;
    }

    private @Nullable String textOrNull() throws IOException {
        int length = in.readInt();
        return length < 0 ? null : new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    private static IOException unknown(String what, byte kind) {
        return new IOException("the history file has an unknown %s '%c'".formatted(what, kind));
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private interface Part<T> {
        T read() throws IOException;
    }
}
