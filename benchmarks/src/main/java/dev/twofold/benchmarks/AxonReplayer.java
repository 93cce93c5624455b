package dev.twofold.benchmarks;

import dev.twofold.benchmarks.AxonStreaming.Claim;
import dev.twofold.benchmarks.AxonStreaming.Handler;
import dev.twofold.benchmarks.AxonStreaming.Settings;
import java.util.concurrent.atomic.AtomicLong;
import org.axonframework.eventhandling.StreamingEventProcessor;
import org.axonframework.eventsourcing.eventstore.EmbeddedEventStore;

/// One of Axon Framework's streaming processors, from the first event on.
final class AxonReplayer implements Replayer {
    private final Server server;
    private final AxonStreaming axon;
    private final Settings settings;
    private final Handler handler;

    AxonReplayer(Server server, Settings settings, Handler handler, ItemPage.Fold fold) {
        this.server = server;
        this.axon = new AxonStreaming(server.pool(), fold);
        this.settings = settings;
        this.handler = handler;
    }

    @Override
    public String name() {
        return "Axon, %s%s"
                .formatted(settings, handler == Handler.BATCHED ? ", handler batched" : "");
    }

    @Override
    public Replay start(String run) {
        server.execute("TRUNCATE axon_item_page");
        AtomicLong events = new AtomicLong();
        EmbeddedEventStore store =
                EmbeddedEventStore.builder().storageEngine(axon.engine(settings.batch())).build();
        StreamingEventProcessor processor =
                axon.processor(
                        "replay-" + run,
                        settings,
                        handler,
                        Claim.DEFAULT,
                        store,
                        source -> source.createTailToken(),
                        _ -> events.incrementAndGet());
        processor.start();
        return new Replay() {
            @Override
            public long events() {
                return events.get();
            }

            @Override
            public void close() {
                processor.shutDown();
                store.shutDown();
            }
        };
    }
}
