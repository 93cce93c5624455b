package dev.twofold.benchmarks;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.twofold.CommandHandler;
import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.EventSourcedHandler;
import dev.twofold.EventTypes;
import dev.twofold.Known;
import dev.twofold.Metadata;
import dev.twofold.Query;
import dev.twofold.StreamId;
import dev.twofold.UuidV7;
import dev.twofold.benchmarks.ItemCommand.ChangeItem;
import dev.twofold.benchmarks.ItemDecider.Item;
import dev.twofold.benchmarks.ItemEvent.ItemChanged;
import dev.twofold.benchmarks.ItemEvent.ItemCreated;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLog;
import java.util.Set;

/// Twofold's command handler on its PostgreSQL event store.
final class TwofoldContender implements CommandContender {
    static final EventTypes<ItemEvent> TYPES =
            EventTypes.builder(ItemEvent.class, new JacksonCodec())
                    .event("item-created", 1, ItemCreated.class)
                    .event("item-changed", 1, ItemChanged.class)
                    .stream(event -> stream(event.id()))
                    .build();
    private static final int CACHED_STATES = 100_000;

    private final String name;
    private final Set<Work> works;
    private final int streams;
    private final PostgresEventStore store;
    private final CommandHandler<ItemCommand, Item, String> handler;

    private TwofoldContender(
            String name, Set<Work> works, Server server, int streams, boolean cache) {
        this.name = name;
        this.works = works;
        this.streams = streams;
        PostgresLog.migrate(server.pool());
        store = new PostgresEventStore(server.pool());
        EventSourcedHandler<ItemCommand, Item, ItemEvent, String> plain = handler(store);
        handler =
                cache
                        ? plain.cachingIn(
                                Caffeine.newBuilder()
                                        .maximumSize(CACHED_STATES)
                                        .<Query, Known<Item>>build()
                                        .asMap())
                        : plain;
    }

    /// Of commands to items, without a cache.
    static EventSourcedHandler<ItemCommand, Item, ItemEvent, String> handler(
            PostgresEventStore store) {
        return new EventSourcedHandler<>(
                        store,
                        TYPES,
                        new ItemDecider(),
                        command -> Query.stream(stream(command.id())))
                .expectingNothing(command -> !(command instanceof ChangeItem));
    }

    static TwofoldContender uncached(Server server, int streams) {
        return new TwofoldContender(
                "Twofold", Set.of(Work.CREATES, Work.UPDATES), server, streams, false);
    }

    static TwofoldContender cached(Server server, int streams) {
        return new TwofoldContender("Twofold, cache", Set.of(Work.UPDATES), server, streams, true);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Set<Work> works() {
        return works;
    }

    /// Gives the event a correlation and a causation, as Axon does on its own.
    @Override
    public void send(ItemCommand command) {
        String request = UuidV7.next().toString();
        Metadata metadata = Metadata.none().withCorrelation(request).withCausation(request);
        CommandOutcome<Item, String> outcome = handler.handle(command, metadata);
        if (!(outcome instanceof Accepted<Item, String>)) {
            throw new IllegalStateException("%s led to %s".formatted(command, outcome));
        }
    }

    @Override
    public int streams() {
        return streams;
    }

    @Override
    public void close() {
        store.close();
    }

    private static StreamId stream(String id) {
        return new StreamId("item", id);
    }
}
