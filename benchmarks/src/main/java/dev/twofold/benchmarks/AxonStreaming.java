package dev.twofold.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.sql.DataSource;
import org.axonframework.common.jdbc.ConnectionProvider;
import org.axonframework.common.jdbc.UnitOfWorkAwareConnectionProviderWrapper;
import org.axonframework.common.transaction.NoTransactionManager;
import org.axonframework.eventhandling.EventHandler;
import org.axonframework.eventhandling.EventHandlerInvoker;
import org.axonframework.eventhandling.PropagatingErrorHandler;
import org.axonframework.eventhandling.SimpleEventHandlerInvoker;
import org.axonframework.eventhandling.StreamingEventProcessor;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingEventProcessor;
import org.axonframework.eventhandling.TrackingEventProcessorConfiguration;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.eventhandling.pooled.PooledStreamingEventProcessor;
import org.axonframework.eventhandling.tokenstore.jdbc.JdbcTokenStore;
import org.axonframework.eventhandling.tokenstore.jdbc.PostgresTokenTableFactory;
import org.axonframework.eventsourcing.eventstore.jdbc.JdbcEventStorageEngine;
import org.axonframework.eventsourcing.eventstore.jdbc.PostgresEventTableFactory;
import org.axonframework.messaging.StreamableMessageSource;
import org.axonframework.messaging.unitofwork.CurrentUnitOfWork;
import org.axonframework.messaging.unitofwork.UnitOfWork;
import org.axonframework.serialization.Serializer;
import org.axonframework.serialization.json.JacksonSerializer;

/// Axon Framework's streaming processors on its JDBC event and token stores.
///
/// Tokens and documents of a batch are committed together.
final class AxonStreaming {
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

    /// For how long a token is its owner's, who extends it; how often one without an owner is
    /// looked for.
    record Claim(Duration timeout, Duration extension, Duration interval) {
        static final Claim DEFAULT =
                new Claim(Duration.ofSeconds(10), Duration.ofSeconds(5), Duration.ofSeconds(5));

        /// As short as a timeout allows without a claim that is lost between two extensions.
        static Claim within(Duration timeout) {
            return new Claim(timeout, timeout.dividedBy(4), timeout.dividedBy(4));
        }
    }

    private final DataSource dataSource;
    private final ItemPage.Fold fold;
    private final ConnectionProvider connections;
    private final Serializer json =
            JacksonSerializer.builder().objectMapper(new ObjectMapper()).build();

    AxonStreaming(DataSource dataSource) {
        this(dataSource, ItemPage::small);
    }

    /// @param fold makes the pages that handlers keep
    AxonStreaming(DataSource dataSource, ItemPage.Fold fold) {
        this.dataSource = dataSource;
        this.fold = fold;
        this.connections = new UnitOfWorkAwareConnectionProviderWrapper(this::connection);
    }

    void createTables() {
        engine(1).createSchema(PostgresEventTableFactory.INSTANCE);
        tokens(Claim.DEFAULT).createSchema(PostgresTokenTableFactory.INSTANCE);
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(AxonPages.TABLE);
        } catch (SQLException e) {
            throw new IllegalStateException("Axon's tables could not be made", e);
        }
    }

    Serializer json() {
        return json;
    }

    /// Fetches as many events at a time as make a batch, at least as many as by default. A command
    /// holds one connection, in autocommit mode.
    JdbcEventStorageEngine engine(int batch) {
        return JdbcEventStorageEngine.builder()
                .connectionProvider(
                        new UnitOfWorkAwareConnectionProviderWrapper(dataSource::getConnection))
                .transactionManager(NoTransactionManager.INSTANCE)
                .eventSerializer(json)
                .snapshotSerializer(json)
                .batchSize(Math.max(100, batch))
                .build();
    }

    /// @param first where it begins when it has no token
    /// @param taken told of each event by its handler, in the unit of work of its batch
    StreamingEventProcessor processor(
            String name,
            Settings settings,
            Handler handler,
            Claim claim,
            StreamableMessageSource<TrackedEventMessage<?>> events,
            Function<StreamableMessageSource<TrackedEventMessage<?>>, TrackingToken> first,
            Consumer<ItemEvent> taken) {
        EventHandlerInvoker invoker =
                SimpleEventHandlerInvoker.builder()
                        .eventHandlers(
                                new PageHandler(new AxonPages(connections, fold), handler, taken))
                        .listenerInvocationErrorHandler(PropagatingErrorHandler.INSTANCE)
                        .build();
        if (settings.pooled) {
            return PooledStreamingEventProcessor.builder()
                    .name(name)
                    .eventHandlerInvoker(invoker)
                    .messageSource(events)
                    .tokenStore(tokens(claim))
                    .transactionManager(NoTransactionManager.INSTANCE)
                    .coordinatorExecutor(Executors.newSingleThreadScheduledExecutor())
                    .workerExecutor(Executors.newScheduledThreadPool(settings.segments))
                    .initialToken(first)
                    .initialSegmentCount(settings.segments)
                    .batchSize(settings.batch)
                    .tokenClaimInterval(claim.interval.toMillis())
                    .claimExtensionThreshold(claim.extension.toMillis())
                    .build();
        }
        TrackingEventProcessorConfiguration configuration =
                TrackingEventProcessorConfiguration.forParallelProcessing(settings.segments)
                        .andInitialTrackingToken(first)
                        .andBatchSize(settings.batch)
                        .andTokenClaimInterval(claim.interval.toMillis(), TimeUnit.MILLISECONDS);
        if (!claim.equals(Claim.DEFAULT)) { // it extends its claim whenever it has waited so long
            configuration.andEventAvailabilityTimeout(
                    claim.extension.toMillis(), TimeUnit.MILLISECONDS);
        }
        return TrackingEventProcessor.builder()
                .name(name)
                .eventHandlerInvoker(invoker)
                .messageSource(events)
                .tokenStore(tokens(claim))
                .transactionManager(NoTransactionManager.INSTANCE)
                .trackingEventProcessorConfiguration(configuration)
                .build();
    }

    private JdbcTokenStore tokens(Claim claim) {
        return JdbcTokenStore.builder()
                .connectionProvider(connections)
                .serializer(json)
                .claimTimeout(claim.timeout)
                .build();
    }

    /// Within a unit of work, which commits it, a connection is in a transaction.
    private Connection connection() throws SQLException {
        Connection connection = dataSource.getConnection();
        connection.setAutoCommit(!CurrentUnitOfWork.isStarted());
        return connection;
    }

    /// Called by Axon.
    static final class PageHandler {
        private final AxonPages pages;
        private final Handler handler;
        private final Consumer<ItemEvent> taken;

        PageHandler(AxonPages pages, Handler handler, Consumer<ItemEvent> taken) {
            this.pages = pages;
            this.handler = handler;
            this.taken = taken;
        }

        @EventHandler
        void on(ItemEvent event) {
            switch (handler) {
                case NOTHING -> {}
                case EACH -> pages.fold(List.of(event));
                case BATCHED -> ofBatch().add(event);
            }
            taken.accept(event);
        }

        private List<ItemEvent> ofBatch() {
            UnitOfWork<?> batch = CurrentUnitOfWork.get();
            return batch.getOrComputeResource(
                    PAGES_OF_BATCH,
                    _ -> {
                        List<ItemEvent> events = new ArrayList<>();
                        batch.onPrepareCommit(_ -> pages.fold(events));
                        return events;
                    });
        }
    }
}
