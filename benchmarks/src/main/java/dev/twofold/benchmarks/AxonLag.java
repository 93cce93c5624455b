package dev.twofold.benchmarks;

import dev.twofold.benchmarks.AxonStreaming.Claim;
import dev.twofold.benchmarks.AxonStreaming.Handler;
import dev.twofold.benchmarks.AxonStreaming.Settings;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.axonframework.config.AggregateConfigurer;
import org.axonframework.config.Configuration;
import org.axonframework.config.DefaultConfigurer;
import org.axonframework.eventhandling.StreamingEventProcessor;
import org.axonframework.messaging.unitofwork.CurrentUnitOfWork;

/// Axon Framework's command gateway and one of its streaming processors, on one event store of one
/// process, which tells the processor of what it appends.
record AxonLag(DataSource dataSource, Settings settings, Handler handler) implements LagContender {

    @Override
    public String name() {
        return "Axon, %s%s"
                .formatted(settings, handler == Handler.BATCHED ? ", handler batched" : "");
    }

    @Override
    public Running start(String run, Consumer<String> visible) {
        AxonStreaming streaming = new AxonStreaming(dataSource);
        Configuration axon =
                DefaultConfigurer.defaultConfiguration(false)
                        .configureSerializer(_ -> streaming.json())
                        .configureEmbeddedEventStore(_ -> streaming.engine(settings.batch()))
                        .configureAggregate(
                                AggregateConfigurer.defaultConfiguration(AxonItem.class))
                        .start();
        StreamingEventProcessor processor =
                streaming.processor(
                        "lag-" + run,
                        settings,
                        handler,
                        Claim.DEFAULT,
                        axon.eventStore(),
                        source -> source.createHeadToken(),
                        event ->
                                CurrentUnitOfWork.get()
                                        .afterCommit(_ -> visible.accept(event.id())));
        processor.start();
        while (processor.processingStatus().size() < settings.segments()) {
            LockSupport.parkNanos(1_000_000); // else it might begin behind the first events
        }
        return new Running() {
            @Override
            public void send(ItemCommand command) {
                axon.commandGateway().sendAndWait(command);
            }

            @Override
            public void close() {
                processor.shutDown();
                axon.shutdown();
            }
        };
    }
}
