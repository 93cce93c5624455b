package dev.twofold.testkit;

import dev.twofold.Append;
import dev.twofold.Condition;
import dev.twofold.Condition.ExpectedVersion;
import dev.twofold.Condition.NoneMatching;
import dev.twofold.EventStore;
import dev.twofold.EventStoreException;
import dev.twofold.Metadata;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.Receipt;
import dev.twofold.RecordedEvent;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import dev.twofold.UuidV7;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Clients that read and append at random, over few names, so that many of their conditions overlap
/// in part.
///
/// What each client does follows from the seed; how they interleave does not. An append whose
/// outcome is unknown is sent again, as a client should.
///
/// @param operations of each client
public record Workload(long seed, int clients, int operations) {
    private static final int ATTEMPTS = 100;
    private static final List<String> TYPES = List.of("a", "b", "c", "d");
    private static final List<Tag> TAGS =
            IntStream.range(0, 8).mapToObj(i -> new Tag(i < 4 ? "x" : "y", "" + i)).toList();
    private static final List<StreamId> STREAMS =
            IntStream.range(0, 6).mapToObj(i -> new StreamId("s", "" + i)).toList();

    /// Lets the clients run on the stores, which are nodes of one log, and returns when all are
    /// done. Prints the seed.
    ///
    /// @throws ExecutionException if a client failed
    public void run(HistoryChecker checker, EventStore... nodes)
            throws InterruptedException, ExecutionException {
        System.out.println(this);
        CyclicBarrier start = new CyclicBarrier(clients);
        List<Future<?>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            for (int i = 0; i < clients; i++) {
                Client client =
                        new Client(
                                checker.watch(nodes[i % nodes.length]),
                                new Random(seed + i),
                                "%d-%d".formatted(seed, i));
                running.add(
                        threads.submit(
                                () -> {
                                    start.await();
                                    for (int n = 0; n < operations; n++) {
                                        client.act(n);
                                    }
                                    return client;
                                }));
            }
            for (Future<?> one : running) {
                one.get();
            }
        }
    }

    private record Client(EventStore store, Random random, String name) {

        void act(int number) {
            switch (random.nextInt(10)) {
                case 0 -> store.head();
                case 1 -> store.read(query(), near(store.head()), 1 + random.nextInt(20));
                case 2 -> append(events(1 + random.nextInt(5)));
                case 3 -> {
                    Append append = Append.of(events(2), condition());
                    send(append);
                    send(append);
                }
                case 4 ->
                        send(
                                new Append(
                                        events(1),
                                        List.of(),
                                        new Receipt(
                                                name + "-" + random.nextInt(1 + number), "done")));
                case 5 -> append(events(1 + random.nextInt(3)), condition(), condition());
                case 6 -> expectVersion();
                default -> append(events(1 + random.nextInt(3)), nothingNew());
            }
        }

        /// Reads a query, and makes it the condition that nothing that matches has come since.
        private Condition nothingNew() {
            Query query = query();
            long after = near(store.head());
            List<RecordedEvent> page;
            do {
                page = store.read(query, after, 10);
                after = page.isEmpty() ? after : page.getLast().position();
            } while (page.size() == 10);
            return new NoneMatching(query, after);
        }

        private void expectVersion() {
            StreamId stream = pick(STREAMS);
            long version = 0;
            List<RecordedEvent> page;
            long after = 0;
            do {
                page = store.read(Query.stream(stream), after, 1_000);
                version += page.size();
                after = page.isEmpty() ? after : page.getLast().position();
            } while (page.size() == 1_000);
            append(List.of(event(stream), event(stream)), new ExpectedVersion(stream, version));
        }

        private void append(List<NewEvent> events, Condition... conditions) {
            send(Append.of(events, conditions));
        }

        private void send(Append append) {
            for (int attempt = 1; ; attempt++) {
                try {
                    store.append(append);
                    return;
                } catch (EventStoreException e) {
                    if (attempt == ATTEMPTS) {
                        throw e;
                    }
                }
            }
        }

        private Condition condition() {
            return random.nextInt(3) == 0
                    ? new ExpectedVersion(pick(STREAMS), random.nextInt(10))
                    : nothingNew();
        }

        private List<NewEvent> events(int count) {
            return IntStream.range(0, count)
                    .mapToObj(_ -> random.nextBoolean() ? event(pick(STREAMS)) : event())
                    .toList();
        }

        private NewEvent event(StreamId... stream) {
            return new NewEvent(
                    UuidV7.next(),
                    stream.length == 0 ? null : stream[0],
                    pick(TYPES),
                    1,
                    "{}",
                    some(TAGS, 4),
                    Metadata.none());
        }

        private Query query() {
            return new Query(
                    IntStream.rangeClosed(0, random.nextInt(3))
                            .mapToObj(
                                    _ ->
                                            new Query.Item(
                                                    random.nextInt(5) == 0 ? pick(STREAMS) : null,
                                                    some(TYPES, 3),
                                                    some(TAGS, 3)))
                            .toList());
        }

        private long near(long head) {
            return Math.max(0, head - random.nextInt(10));
        }

        private <T> T pick(List<T> from) {
            return from.get(random.nextInt(from.size()));
        }

        private <T> Set<T> some(List<T> from, int fewerThan) {
            return random.ints(random.nextInt(fewerThan), 0, from.size())
                    .mapToObj(from::get)
                    .collect(Collectors.toSet());
        }
    }
}
