package dev.twofold.benchmarks;

import dev.twofold.CommandHandler;
import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.Metadata;
import dev.twofold.UuidV7;
import dev.twofold.benchmarks.ItemDecider.Item;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.ViewTable;
import java.util.List;
import java.util.function.Consumer;
import javax.sql.DataSource;

/// Twofold's command handler and a view, as they come: nothing to be tuned.
record TwofoldLag(DataSource dataSource) implements LagContender {
    private static final String VIEW = "item-page";

    @Override
    public String name() {
        return "Twofold";
    }

    @Override
    public Running start(String run, Consumer<String> visible) {
        PostgresEventStore store = new PostgresEventStore(dataSource);
        Projections projections =
                new Projections(
                        dataSource,
                        store,
                        List.of(
                                Projection.of(
                                        TwofoldContender.TYPES,
                                        new ViewTable<>(
                                                new ItemPageView(VIEW), new JacksonCodec()))));
        store.onGrowth(projections::appended);
        projections.onChange(VIEW, changes -> changes.keys().forEach(visible));
        projections.start();
        CommandHandler<ItemCommand, Item, String> handler = TwofoldContender.handler(store);
        return new Running() {
            @Override
            public void send(ItemCommand command) {
                String request = UuidV7.next().toString();
                CommandOutcome<Item, String> outcome =
                        handler.handle(
                                command,
                                Metadata.none().withCorrelation(request).withCausation(request));
                if (!(outcome instanceof Accepted<Item, String>)) {
                    throw new IllegalStateException("%s led to %s".formatted(command, outcome));
                }
            }

            @Override
            public void close() {
                projections.close();
                store.close();
            }
        };
    }
}
