package dev.twofold.spring;

import dev.twofold.postgres.Replicas;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/// The health of replicas, where there is the actuator.
@AutoConfiguration(after = ReplicasAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(Replicas.class)
@ConditionalOnEnabledHealthIndicator("replicas")
final class ReplicaHealthAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(name = "replicasHealthIndicator")
    HealthIndicator replicasHealthIndicator(Replicas replicas) {
        return new ReplicaHealth(replicas);
    }
}
