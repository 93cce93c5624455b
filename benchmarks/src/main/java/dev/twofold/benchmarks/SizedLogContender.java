package dev.twofold.benchmarks;

import static java.util.stream.Collectors.toCollection;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.Condition;
import dev.twofold.Condition.ExpectedVersion;
import dev.twofold.Condition.NoneMatching;
import dev.twofold.Metadata;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import dev.twofold.UuidV7;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLog;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// Twofold's event store on a log that has many events from the start.
final class SizedLogContender implements Contender {
    private static final int STREAMS_IN_USE = 10_000;

    private final BulkLog log;
    private final PostgresEventStore store;
    private final Queue<Last> free;

    /// The last version of a stream that no append is under way to.
    private record Last(StreamId stream, long version) {}

    SizedLogContender(BulkLog log, DataSource dataSource) {
        this.log = log;
        PostgresLog.migrate(dataSource);
        log.fill(dataSource);
        this.store = new PostgresEventStore(dataSource);
        this.free =
                new Random(1)
                        .longs(log.events(), 0, log.streams())
                        .distinct()
                        .limit(STREAMS_IN_USE)
                        .mapToObj(number -> new StreamId("item", Long.toString(number)))
                        .map(stream -> new Last(stream, BulkLog.EVENTS_A_STREAM))
                        .collect(toCollection(ConcurrentLinkedQueue::new));
    }

    @Override
    public String name() {
        return "%,d events".formatted(log.events());
    }

    @Override
    public Set<Work> works() {
        return Set.of(Work.VERSIONED, Work.TAGGED);
    }

    @Override
    public void prepare(Work work, String run) {}

    @Override
    public Load run(Work work, String run, int callers, Duration time) {
        return switch (work) {
            case VERSIONED -> Load.during(time, callers, this::appendVersioned);
            case TAGGED -> Load.during(time, callers, this::appendTagged);
            case CREATES, UPDATES -> throw new IllegalArgumentException("no command: " + work);
        };
    }

    @Override
    public void close() {
        store.close();
    }

    private void appendVersioned() {
        Last last = free.remove();
        append(last.stream, new ExpectedVersion(last.stream, last.version));
        free.add(new Last(last.stream, last.version + 1));
    }

    /// Asks for a course and a student of the log that no event has in common.
    private void appendTagged() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long course = random.nextLong(log.courses());
        long student = random.nextLong(log.students() / 2) * 2 + (course + 1) % 2;
        Query both = Query.tags(tag("course", course), tag("student", student));
        append(null, new NoneMatching(both, 0));
    }

    /// The event has two tags of its own, so that those asked for stay as frequent as they are.
    private void append(@Nullable StreamId stream, Condition condition) {
        long number = ThreadLocalRandom.current().nextLong(log.events(), Long.MAX_VALUE);
        String request = UuidV7.next().toString();
        NewEvent event =
                new NewEvent(
                        UuidV7.next(),
                        stream,
                        "item-changed",
                        1,
                        "{\"id\":1,\"number\":21,\"note\":\"" + ItemEvent.note() + "\"}",
                        Set.of(tag("course", number), tag("student", number)),
                        Metadata.none().withCorrelation(request).withCausation(request));
        AppendOutcome outcome = store.append(Append.of(List.of(event), condition));
        if (!(outcome instanceof Appended)) {
            throw new IllegalStateException("%s led to %s".formatted(condition, outcome));
        }
    }

    private static Tag tag(String name, long value) {
        return new Tag(name, Long.toString(value));
    }
}
