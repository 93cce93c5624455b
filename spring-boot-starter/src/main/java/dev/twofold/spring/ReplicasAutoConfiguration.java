package dev.twofold.spring;

import dev.twofold.postgres.Replicas;
import io.micrometer.core.instrument.binder.MeterBinder;
import javax.sql.DataSource;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// The servers that answer reads: the data source's, and the replicas that are named.
@AutoConfiguration(after = TwofoldAutoConfiguration.class)
@ConditionalOnSingleCandidate(DataSource.class)
final class ReplicasAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(Replicas.class)
    ReplicaPools replicaPools(DataSource dataSource, TwofoldProperties properties) {
        return new ReplicaPools(dataSource, properties.replicas());
    }

    @Bean
    @ConditionalOnMissingBean
    Replicas replicas(
            DataSource dataSource, ReplicaPools replicaPools, TwofoldProperties properties) {
        return Replicas.of(dataSource, replicaPools.byName(), properties.replicas().limits());
    }

    /// Their metrics, where there is Micrometer.
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(MeterBinder.class)
    static final class Metrics {

        @Bean
        @ConditionalOnBean(Replicas.class)
        ReplicaMetrics replicaMetrics(Replicas replicas) {
            return new ReplicaMetrics(replicas);
        }
    }

    /// Their health, where there is the actuator.
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
    static final class Healths {

        @Bean
        @ConditionalOnBean(Replicas.class)
        @ConditionalOnMissingBean(name = "replicasHealthIndicator")
        HealthIndicator replicasHealthIndicator(Replicas replicas) {
            return new ReplicaHealth(replicas);
        }
    }
}
