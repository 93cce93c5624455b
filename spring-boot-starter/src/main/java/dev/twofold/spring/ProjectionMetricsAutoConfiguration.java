package dev.twofold.spring;

import dev.twofold.postgres.Projections;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/// The metrics of projections, where there is Micrometer.
@AutoConfiguration(after = ProjectionsAutoConfiguration.class)
@ConditionalOnClass(MeterBinder.class)
@ConditionalOnBean(Projections.class)
final class ProjectionMetricsAutoConfiguration {

    @Bean
    ProjectionMetrics projectionMetrics(Projections projections, TwofoldProperties properties) {
        return new ProjectionMetrics(projections, properties.metrics().interval());
    }
}
