package dev.twofold.spring;

import dev.twofold.postgres.Replicas;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/// The metrics of reads and replicas, where there is Micrometer.
@AutoConfiguration(after = ReplicasAutoConfiguration.class)
@ConditionalOnClass(MeterBinder.class)
@ConditionalOnBean(Replicas.class)
final class ReplicaMetricsAutoConfiguration {

    @Bean
    ReplicaMetrics replicaMetrics(Replicas replicas) {
        return new ReplicaMetrics(replicas);
    }
}
