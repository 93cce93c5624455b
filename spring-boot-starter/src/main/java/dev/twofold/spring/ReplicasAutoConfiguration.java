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
    ReadPools readPools(DataSource dataSource, TwofoldProperties properties) {
        return new ReadPools(dataSource, properties.replicas());
    }

    @Bean
    @ConditionalOnMissingBean
    Replicas replicas(ReadPools readPools, TwofoldProperties properties) {
        return Replicas.of(
                readPools.primary(), readPools.replicas(), properties.replicas().limits());
    }
}
