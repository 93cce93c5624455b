package dev.twofold.spring;

import dev.twofold.postgres.Replicas;
import javax.sql.DataSource;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

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
}
