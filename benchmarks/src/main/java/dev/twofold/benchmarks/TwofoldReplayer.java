package dev.twofold.benchmarks;

import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.ViewTable;
import java.util.List;
import java.util.function.Function;

/// One of Twofold's projections, as it comes: nothing to be tuned.
final class TwofoldReplayer implements Replayer {
    private final Server server;
    private final PostgresEventStore store;
    private final Function<String, Projection<ItemEvent>> projection;

    private TwofoldReplayer(
            Server server,
            PostgresEventStore store,
            Function<String, Projection<ItemEvent>> projection) {
        this.server = server;
        this.store = store;
        this.projection = projection;
    }

    static TwofoldReplayer intoNothing(Server server, PostgresEventStore store) {
        return new TwofoldReplayer(
                server,
                store,
                run ->
                        Projection.sql(
                                "nothing-" + run,
                                1,
                                TwofoldContender.TYPES,
                                "CREATE TABLE ${table} ()",
                                (events, table, connection) -> {}));
    }

    static TwofoldReplayer intoDocuments(
            Server server, PostgresEventStore store, ItemPage.Fold fold) {
        return new TwofoldReplayer(
                server,
                store,
                run ->
                        Projection.of(
                                TwofoldContender.TYPES,
                                new ViewTable<>(
                                        new ItemPageView("item-page-" + run, fold),
                                        new JacksonCodec())));
    }

    @Override
    public String name() {
        return "Twofold";
    }

    @Override
    public Replay start(String run) {
        Projection<ItemEvent> fresh = projection.apply(run);
        Projections projections = new Projections(server.pool(), store, List.of(fresh));
        projections.start();
        return new Replay() {
            @Override
            public long events() {
                return projections.list().stream()
                        .filter(status -> status.projection().equals(fresh.name()))
                        .mapToLong(status -> status.position())
                        .findFirst()
                        .orElse(0);
            }

            @Override
            public void close() {
                projections.close();
            }
        };
    }
}
