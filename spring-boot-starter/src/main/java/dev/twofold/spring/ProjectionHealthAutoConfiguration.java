package dev.twofold.spring;

import dev.twofold.postgres.ProjectionLimits;
import dev.twofold.postgres.Projections;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/// The health of projections, where there is the actuator.
@AutoConfiguration(after = ProjectionsAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(Projections.class)
@ConditionalOnEnabledHealthIndicator("projections")
final class ProjectionHealthAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    ProjectionLimits projectionLimits(TwofoldProperties properties) {
        TwofoldProperties.Limits health = properties.health();
        return new ProjectionLimits(health.maxLag(), health.maxLagTime(), health.maxParked());
    }

    @Bean
    @ConditionalOnMissingBean(name = "projectionsHealthIndicator")
    HealthIndicator projectionsHealthIndicator(Projections projections, ProjectionLimits limits) {
        return new ProjectionHealth(projections, limits);
    }
}
