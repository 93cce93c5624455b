package dev.twofold.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Set;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import org.axonframework.commandhandling.gateway.CommandGateway;
import org.axonframework.common.caching.JCacheAdapter;
import org.axonframework.common.jdbc.ConnectionProvider;
import org.axonframework.common.jdbc.UnitOfWorkAwareConnectionProviderWrapper;
import org.axonframework.common.transaction.NoTransactionManager;
import org.axonframework.config.AggregateConfigurer;
import org.axonframework.config.Configuration;
import org.axonframework.config.DefaultConfigurer;
import org.axonframework.eventsourcing.eventstore.jdbc.JdbcEventStorageEngine;
import org.axonframework.eventsourcing.eventstore.jdbc.PostgresEventTableFactory;
import org.axonframework.serialization.Serializer;
import org.axonframework.serialization.json.JacksonSerializer;

/// Axon Framework's aggregates on its JDBC event store, embedded, through its command gateway.
///
/// One connection serves a command from its first read to its commit.
final class AxonContender implements CommandContender {
    private final String name;
    private final Set<Work> works;
    private final int streams;
    private final Configuration axon;
    private final CommandGateway commands;

    private AxonContender(
            String name,
            Set<Work> works,
            Server server,
            int streams,
            AggregateConfigurer<AxonItem> aggregate) {
        this.name = name;
        this.works = works;
        this.streams = streams;
        ConnectionProvider connections =
                new UnitOfWorkAwareConnectionProviderWrapper(server.pool()::getConnection);
        Serializer json = JacksonSerializer.builder().objectMapper(new ObjectMapper()).build();
        JdbcEventStorageEngine engine =
                JdbcEventStorageEngine.builder()
                        .connectionProvider(connections)
                        .transactionManager(NoTransactionManager.INSTANCE)
                        .eventSerializer(json)
                        .snapshotSerializer(json)
                        .build();
        engine.createSchema(PostgresEventTableFactory.INSTANCE);
        axon =
                DefaultConfigurer.defaultConfiguration(false)
                        .configureSerializer(_ -> json)
                        .configureEmbeddedEventStore(_ -> engine)
                        .configureAggregate(aggregate)
                        .start();
        commands = axon.commandGateway();
    }

    static AxonContender uncached(Server server, int streams) {
        return new AxonContender(
                "Axon",
                Set.of(Work.CREATES, Work.UPDATES),
                server,
                streams,
                AggregateConfigurer.defaultConfiguration(AxonItem.class));
    }

    /// Caffeine behind Axon's adapter, because Axon's own cache loses its entries at each
    /// collection of garbage.
    static AxonContender cached(Server server, int streams) {
        javax.cache.Cache<Object, Object> cache =
                Caching.getCachingProvider()
                        .getCacheManager()
                        .createCache(
                                "axon",
                                new MutableConfiguration<Object, Object>().setStoreByValue(false));
        return new AxonContender(
                "Axon, cache",
                Set.of(Work.UPDATES),
                server,
                streams,
                AggregateConfigurer.defaultConfiguration(AxonItem.class)
                        .configureCache(_ -> new JCacheAdapter(cache)));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Set<Work> works() {
        return works;
    }

    @Override
    public void send(ItemCommand command) {
        commands.sendAndWait(command);
    }

    @Override
    public int streams() {
        return streams;
    }

    @Override
    public void close() {
        axon.shutdown();
    }
}
