package dev.twofold.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.axonframework.common.jdbc.ConnectionProvider;
import org.axonframework.common.jdbc.UnitOfWorkAwareConnectionProviderWrapper;
import org.axonframework.common.transaction.NoTransactionManager;
import org.axonframework.eventhandling.EventHandler;
import org.axonframework.eventhandling.EventHandlerInvoker;
import org.axonframework.eventhandling.PropagatingErrorHandler;
import org.axonframework.eventhandling.SimpleEventHandlerInvoker;
import org.axonframework.eventhandling.StreamingEventProcessor;
import org.axonframework.eventhandling.TrackingEventProcessor;
import org.axonframework.eventhandling.TrackingEventProcessorConfiguration;
import org.axonframework.eventhandling.pooled.PooledStreamingEventProcessor;
import org.axonframework.eventhandling.tokenstore.jdbc.JdbcTokenStore;
import org.axonframework.eventhandling.tokenstore.jdbc.PostgresTokenTableFactory;
import org.axonframework.eventsourcing.eventstore.EmbeddedEventStore;
import org.axonframework.eventsourcing.eventstore.jdbc.JdbcEventStorageEngine;
import org.axonframework.eventsourcing.eventstore.jdbc.PostgresEventTableFactory;
import org.axonframework.messaging.unitofwork.CurrentUnitOfWork;
import org.axonframework.messaging.unitofwork.UnitOfWork;
import org.axonframework.serialization.Serializer;
import org.axonframework.serialization.json.JacksonSerializer;

/// One of Axon Framework's streaming processors on its JDBC event and token stores.
///
/// Tokens and documents of a batch are committed together.
final class AxonReplayer implements Replayer {
    private static final String PAGES_OF_BATCH = "events of the batch";

    /// The processor, how many events it takes in a transaction, and in how many segments.
    record Settings(boolean pooled, int batch, int segments) {
        @Override
        public String toString() {
            return "%s, batch %,d, segments %d"
                    .formatted(pooled ? "pooled" : "tracking", batch, segments);
        }
    }

    /// What the handler does with an event.
    enum Handler {
        NOTHING,

        /// Loads and stores the document at each event.
        EACH,

        /// Loads and stores the documents of a batch at its end.
        BATCHED
    }

    private final Server server;
    private final Settings settings;
    private final Handler handler;
    private final ConnectionProvider connections;
    private final Serializer json =
            JacksonSerializer.builder().objectMapper(new ObjectMapper()).build();

    AxonReplayer(Server server, Settings settings, Handler handler) {
        this.server = server;
        this.settings = settings;
        this.handler = handler;
        this.connections = new UnitOfWorkAwareConnectionProviderWrapper(this::connection);
    }

    /// Makes Axon's tables.
    static void createTables(Server server) {
        AxonReplayer any = new AxonReplayer(server, new Settings(true, 1, 1), Handler.NOTHING);
        any.engine().createSchema(PostgresEventTableFactory.INSTANCE);
        any.tokens().createSchema(PostgresTokenTableFactory.INSTANCE);
        server.execute(AxonPages.TABLE);
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
        EmbeddedEventStore store = EmbeddedEventStore.builder().storageEngine(engine()).build();
        StreamingEventProcessor processor = processor("replay-" + run, store, events);
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

    private StreamingEventProcessor processor(
            String name, EmbeddedEventStore store, AtomicLong events) {
        EventHandlerInvoker invoker =
                SimpleEventHandlerInvoker.builder()
                        .eventHandlers(new PageHandler(new AxonPages(connections), handler, events))
                        .listenerInvocationErrorHandler(PropagatingErrorHandler.INSTANCE)
                        .build();
        if (settings.pooled) {
            return PooledStreamingEventProcessor.builder()
                    .name(name)
                    .eventHandlerInvoker(invoker)
                    .messageSource(store)
                    .tokenStore(tokens())
                    .transactionManager(NoTransactionManager.INSTANCE)
                    .coordinatorExecutor(Executors.newSingleThreadScheduledExecutor())
                    .workerExecutor(Executors.newScheduledThreadPool(settings.segments))
                    .initialToken(source -> source.createTailToken())
                    .initialSegmentCount(settings.segments)
                    .batchSize(settings.batch)
                    .build();
        }
        return TrackingEventProcessor.builder()
                .name(name)
                .eventHandlerInvoker(invoker)
                .messageSource(store)
                .tokenStore(tokens())
                .transactionManager(NoTransactionManager.INSTANCE)
                .trackingEventProcessorConfiguration(
                        TrackingEventProcessorConfiguration.forParallelProcessing(settings.segments)
                                .andInitialTrackingToken(source -> source.createTailToken())
                                .andBatchSize(settings.batch))
                .build();
    }

    /// Fetches as many events at a time as make a batch, at least as many as by default.
    private JdbcEventStorageEngine engine() {
        return JdbcEventStorageEngine.builder()
                .connectionProvider(connections)
                .transactionManager(NoTransactionManager.INSTANCE)
                .eventSerializer(json)
                .snapshotSerializer(json)
                .batchSize(Math.max(100, settings.batch))
                .build();
    }

    private JdbcTokenStore tokens() {
        return JdbcTokenStore.builder().connectionProvider(connections).serializer(json).build();
    }

    /// Within a unit of work, which commits it, a connection is in a transaction.
    private Connection connection() throws SQLException {
        Connection connection = server.pool().getConnection();
        connection.setAutoCommit(!CurrentUnitOfWork.isStarted());
        return connection;
    }

    /// Called by Axon.
    static final class PageHandler {
        private final AxonPages pages;
        private final Handler handler;
        private final AtomicLong events;

        PageHandler(AxonPages pages, Handler handler, AtomicLong events) {
            this.pages = pages;
            this.handler = handler;
            this.events = events;
        }

        @EventHandler
        void on(ItemEvent event) {
            switch (handler) {
                case NOTHING -> {}
                case EACH -> pages.fold(List.of(event));
                case BATCHED -> ofBatch().add(event);
            }
            events.incrementAndGet();
        }

        private List<ItemEvent> ofBatch() {
            UnitOfWork<?> batch = CurrentUnitOfWork.get();
            return batch.getOrComputeResource(
                    PAGES_OF_BATCH,
                    _ -> {
                        List<ItemEvent> taken = new ArrayList<>();
                        batch.onPrepareCommit(_ -> pages.fold(taken));
                        return taken;
                    });
        }
    }
}
