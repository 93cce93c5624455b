package dev.twofold.catalog.kafka;

import dev.twofold.EventFeed;
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
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// The catalog's log in Kafka: the relay that brings it there, and the feed that takes it from
/// there.
///
/// @param bootstrap addresses of brokers, `host:port` with commas between
/// @param topics those of one catalog
public record CatalogKafka(String bootstrap, Topics topics) {
    private static final String SCHEMAS = "urn:twofold:catalog:schema:";

    /// The catalog whose topic is called `catalog`.
    public CatalogKafka(String bootstrap) {
        this(bootstrap, Topics.one("catalog"));
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
    /// @param history what is older than the newest events is read from there; null for the topics
    /// @throws IllegalStateException if the topics are not there within a time, or the database is
    ///   that of another log
    /// @throws InterruptedException if the thread is interrupted before the topics are there
    public KafkaLog feed(DataSource dataSource, @Nullable EventFeed history, Duration max)
            throws InterruptedException {
        KafkaLog log =
                history == null
                        ? new KafkaLog(settings(), topics)
                        : new KafkaLog(settings(), topics, history);
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

    private Map<String, Object> settings() {
        return Map.of("bootstrap.servers", bootstrap);
    }
}
