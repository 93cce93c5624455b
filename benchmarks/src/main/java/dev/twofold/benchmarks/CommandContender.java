package dev.twofold.benchmarks;

import dev.twofold.benchmarks.ItemCommand.ChangeItem;
import dev.twofold.benchmarks.ItemCommand.CreateItem;
import dev.twofold.benchmarks.ItemCommand.FillItem;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/// A framework that handles commands.
interface CommandContender extends Contender {
    /// How many events a stream has when its updates begin.
    int EVENTS = 20;

    /// How many streams there are to be updated.
    int streams();

    /// Returns when the command's events are durable, and throws if they are not.
    void send(ItemCommand command);

    @Override
    default void prepare(Work work, String run) {
        if (work == Work.UPDATES) {
            AtomicInteger next = new AtomicInteger();
            Load.times(16, streams(), () -> send(fill(run, next.getAndIncrement())));
        }
    }

    @Override
    default Load run(Work work, String run, int callers, Duration time) {
        AtomicInteger next = new AtomicInteger();
        return switch (work) {
            case CREATES ->
                    Load.during(time, callers, () -> send(create(run, next.getAndIncrement())));
            case UPDATES -> Load.during(time, callers, () -> send(change(run, streams())));
            case VERSIONED, TAGGED -> throw new IllegalArgumentException("not a command: " + work);
        };
    }

    private static ItemCommand create(String run, int number) {
        return new CreateItem(id(run, number), ItemEvent.note());
    }

    private static ItemCommand fill(String run, int number) {
        return new FillItem(id(run, number), ItemEvent.note(), EVENTS);
    }

    private static ItemCommand change(String run, int streams) {
        int number = ThreadLocalRandom.current().nextInt(streams);
        return new ChangeItem(id(run, number), ItemEvent.note());
    }

    private static String id(String run, int number) {
        return "%s-%08d".formatted(run, number);
    }
}
