package dev.twofold.catalog.kafka;

import dev.twofold.EventTypes;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.jackson.RecordSchema;
import dev.twofold.kafka.EventSchema;
import dev.twofold.kafka.KafkaLog;
import dev.twofold.kafka.Relay;
import dev.twofold.kafka.RelaySettings;
import dev.twofold.kafka.Topics;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLeases;
import dev.twofold.postgres.PostgresLog;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.function.LongConsumer;
import javax.sql.DataSource;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;

/// The catalog's log in Kafka: the relay that brings it there, and the feed that takes it from
/// there.
///
/// @param bootstrap addresses of brokers, `host:port` with commas between
/// @param topics those of one catalog
/// @param client what else Kafka's clients are told, such as `security.protocol`
public record CatalogKafka(String bootstrap, Topics topics, Map<String, String> client) {
    /// What the names of the properties begin with that Kafka's clients are told.
    public static final String CLIENT = "catalog.kafka.client.";

    private static final String SCHEMAS = "urn:twofold:catalog:schema:";

    public CatalogKafka {
        client = Map.copyOf(client);
    }

    /// A relay of the log, which is told of what this process appends; the caller starts it and
    /// closes it.
    public Relay relay(
            PostgresEventStore store, DataSource dataSource, EventTypes<CatalogEvent> types) {
        Relay relay =
                new Relay(
                        store,
                        store.info().epoch(),
                        new PostgresLeases(dataSource),
                        settings(),
                        RelaySettings.to(topics).withSchemas(schemas(types), SCHEMAS));
        store.onGrowth(relay::appended);
        return relay;
    }

    /// Publishes a stretch of the log to the topics, and returns the position up to which they have
    /// it then.
    ///
    /// @param after the position after which topics begin that were never written to
    /// @param upTo the last position
    /// @param progress is told each position up to which they have it
    /// @throws IllegalArgumentException if a relay publishes to these topics, or has done so
    /// @throws KafkaException if a broker is out of reach
    public long replay(
            PostgresEventStore store,
            DataSource dataSource,
            EventTypes<CatalogEvent> types,
            long after,
            long upTo,
            LongConsumer progress) {
        return Relay.replay(
                store,
                store.info().epoch(),
                new PostgresLeases(dataSource),
                settings(),
                RelaySettings.to(topics).withSchemas(schemas(types), SCHEMAS).after(after),
                upTo,
                progress);
    }

    private static List<EventSchema> schemas(EventTypes<CatalogEvent> types) {
        return types.shapes().stream()
                .map(
                        shape -> {
                            String name = "%s.v%d".formatted(shape.name(), shape.revision());
                            return new EventSchema(name, RecordSchema.of(shape.type(), name));
                        })
                .toList();
    }

    /// The log as the topics have it, for projections in a database of the node's own, which takes
    /// the epoch of the log.
    ///
    /// @throws IllegalStateException if the topics are not there within a time, or the database is
    ///   that of another log
    /// @throws InterruptedException if the thread is interrupted before the topics are there
    public KafkaLog feed(DataSource dataSource, Duration max) throws InterruptedException {
        KafkaLog log = new KafkaLog(settings(), topics);
        try {
            if (!log.awaitEnd(max)) {
                throw new IllegalStateException(
                        "the topic \"%s\" is not at %s, or no relay has written to it, after %s: start a node with the role relay"
                                .formatted(topics.base(), bootstrap, max));
            }
            UUID epoch = log.epoch().orElseThrow();
            PostgresLog.follow(dataSource, epoch);
            return log;
        } catch (RuntimeException | InterruptedException e) {
            log.close();
            throw e;
        }
    }

    /// What is wrong with the brokers; empty if one answers within a time, or within the
    /// `default.api.timeout.ms` that is set for their clients.
    ///
    /// @throws InterruptedException if the thread is interrupted before one does
    public Optional<String> fault(Duration max) throws InterruptedException {
        Map<String, Object> settings = new HashMap<>();
        settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, Long.toString(max.toMillis()));
        settings.put(
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Long.toString(max.toMillis()));
        settings.putAll(settings());
        try (Admin admin = Admin.create(settings)) {
            admin.describeCluster().clusterId().get();
            return Optional.empty();
        } catch (ExecutionException e) {
            return Optional.of(
                    "no broker answers at %s within %s ms"
                            .formatted(
                                    bootstrap,
                                    settings.get(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG)));
        } catch (KafkaException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return Optional.of(String.valueOf(cause.getMessage()));
        }
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = new HashMap<>(client);
        settings.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        return settings;
    }
}
