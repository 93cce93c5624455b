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
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Writes the history of a [HistoryChecker] to a file, for [HistoryReader].
final class HistoryWriter implements AutoCloseable {
    private final DataOutputStream out;

    HistoryWriter(Path file) throws IOException {
        this.out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
    }

    void attempts(Collection<HistoryChecker.Attempt> attempts) throws IOException {
        all(attempts, this::attempt);
    }

    void reads(Collection<HistoryChecker.Read> reads) throws IOException {
        all(reads, this::read);
    }

    private void attempt(HistoryChecker.Attempt attempt) throws IOException {
        append(attempt.append());
        out.writeLong(attempt.seen());
        outcome(attempt.outcome());
        out.writeBoolean(attempt.written());
        all(
                attempt.readUpTo().entrySet(),
                (Map.Entry<Query, Long> one) -> {
                    query(one.getKey());
                    out.writeLong(one.getValue());
                });
    }

    private void append(Append append) throws IOException {
        all(append.events(), this::event);
        all(append.conditions(), this::condition);
        Receipt receipt = append.receipt();
        out.writeBoolean(receipt != null);
        if (receipt != null) {
            text(receipt.key());
            text(receipt.answer());
        }
    }

    private void outcome(@Nullable AppendOutcome outcome) throws IOException {
        switch (outcome) {
            case null -> out.writeByte('?');
            case Appended(long first, long last) -> {
                out.writeByte('A');
                out.writeLong(first);
                out.writeLong(last);
            }
            case Repeated(var answer, long position) -> {
                out.writeByte('R');
                text(answer);
                out.writeLong(position);
            }
            case Conflict(var condition, long position) -> {
                out.writeByte('C');
                condition(condition);
                out.writeLong(position);
            }
            case Overloaded(var retryAfter) -> {
                out.writeByte('O');
                text(retryAfter.toString());
            }
        }
    }

    private void condition(Condition condition) throws IOException {
        switch (condition) {
            case ExpectedVersion(var stream, long version) -> {
                out.writeByte('V');
                text(stream);
                out.writeLong(version);
            }
            case NoneMatching(var query, long after) -> {
                out.writeByte('N');
                query(query);
                out.writeLong(after);
            }
        }
    }

    private void query(Query query) throws IOException {
        all(
                query.items(),
                item -> {
                    text(item.stream());
                    all(item.types(), this::text);
                    all(item.tags(), this::text);
                });
    }

    private void read(HistoryChecker.Read read) throws IOException {
        query(read.query());
        out.writeLong(read.after());
        out.writeInt(read.limit());
        out.writeLong(read.seen());
        all(read.events(), this::recorded);
    }

    private void recorded(RecordedEvent event) throws IOException {
        event(
                new NewEvent(
                        event.id(),
                        event.stream(),
                        event.type(),
                        event.revision(),
                        event.data(),
                        event.tags(),
                        event.metadata()));
        out.writeLong(event.position());
        out.writeLong(event.version());
        text(event.recordedAt());
    }

    private void event(NewEvent event) throws IOException {
        UUID id = event.id();
        out.writeLong(id.getMostSignificantBits());
        out.writeLong(id.getLeastSignificantBits());
        text(event.stream());
        text(event.type());
        out.writeInt(event.revision());
        text(event.data());
        all(event.tags(), this::text);
        Metadata metadata = event.metadata();
        text(metadata.correlation());
        text(metadata.causation());
        text(metadata.actor());
        text(metadata.trace());
    }

    private <T> void all(Collection<T> values, Part<T> part) throws IOException {
        out.writeInt(values.size());
        for (T value : values) {
            part.write(value);
        }
    }

    private void text(@Nullable Object value) throws IOException {
        if (value == null) {
            out.writeInt(-1);
            return;
        }
        byte[] bytes = value.toString().getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    private interface Part<T> {
        void write(T value) throws IOException;
    }
}
