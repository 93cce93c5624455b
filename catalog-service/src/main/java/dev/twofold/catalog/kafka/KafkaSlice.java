package dev.twofold.catalog.kafka;

import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.EventTypes;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.Role;
import dev.twofold.kafka.KafkaLog;
import dev.twofold.kafka.Relay;
import dev.twofold.kafka.Topics;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.Projections;
import java.time.Duration;
import java.util.Map;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.env.Environment;

/// A node's part in relaying the log to Kafka, or in being fed from there.
@Configuration(proxyBeanMethods = false)
public class KafkaSlice {
    private static final Duration TOPICS_ARE_THERE = Duration.ofMinutes(3);

    /// The settings of Kafka's clients are those whose names begin with `catalog.kafka.client`.
    @Bean
    @ConditionalOnProperty("catalog.kafka.bootstrap")
    CatalogKafka catalogKafka(
            @Value("${catalog.kafka.bootstrap}") String bootstrap,
            @Value("${catalog.kafka.topic}") String topic,
            Environment environment) {
        Map<String, String> client =
                Binder.get(environment)
                        .bind("catalog.kafka.client", Bindable.mapOf(String.class, String.class))
                        .orElse(Map.of());
        return new CatalogKafka(bootstrap, Topics.one(topic), client);
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBooleanProperty("catalog.kafka.relays")
    static class Relaying {

        @Bean(initMethod = "start", destroyMethod = "close")
        Relay relay(
                CatalogKafka kafka,
                PostgresEventStore store,
                HikariDataSource dataSource,
                EventTypes<CatalogEvent> types) {
            return kafka.relay(store, dataSource, types);
        }

        /// A node that does more than relay is ready without a broker.
        @Bean
        ApplicationRunner relayReady(Role role, Relay relay, PostgresEventStore store) {
            return role == Role.RELAY ? new RelayReady(relay, store) : _ -> {};
        }

        @Bean
        RelayMetrics relayMetrics(Relay relay) {
            return new RelayMetrics(relay);
        }

        @Bean
        HealthIndicator relayHealthIndicator(Relay relay) {
            return new RelayHealth(relay);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBooleanProperty("catalog.kafka.feeds")
    static class Fed {

        /// What projections take in, in place of the store, whose database has no events.
        @Bean
        @Primary
        KafkaLog kafkaLog(CatalogKafka kafka, PostgresEventStore store, HikariDataSource dataSource)
                throws InterruptedException {
            return kafka.feed(dataSource, TOPICS_ARE_THERE);
        }

        @Bean
        SmartInitializingSingleton feedWakesProjections(KafkaLog log, Projections projections) {
            return () -> log.onGrowth(projections::appended);
        }

        @Bean
        FeedMetrics feedMetrics(KafkaLog log) {
            return new FeedMetrics(log);
        }

        @Bean
        HealthIndicator feedHealthIndicator(KafkaLog log) {
            return new FeedHealth(log);
        }
    }
}
