package dev.twofold.spring;

import dev.twofold.EventFeed;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Projections;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/// The projections among the beans, kept up to date from start to stop.
@AutoConfiguration(after = TwofoldAutoConfiguration.class)
@ConditionalOnBean({Projection.class, EventFeed.class, DataSource.class})
final class ProjectionsAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    Projections projections(
            DataSource dataSource,
            EventFeed feed,
            ObjectProvider<Projection<?>> projections,
            TwofoldProperties properties) {
        List<Projection<?>> all = projections.orderedStream().toList();
        Projections made =
                new Projections(dataSource, feed, all, properties.projections().atOnce());
        if (feed instanceof PostgresEventStore store) {
            store.onGrowth(made::appended);
        }
        return made;
    }

    @Bean
    @ConditionalOnBooleanProperty(name = "twofold.projections.enabled", matchIfMissing = true)
    ProjectionsLifecycle projectionsLifecycle(Projections projections) {
        return new ProjectionsLifecycle(projections);
    }

    @Bean
    @ConditionalOnBean(ProjectionsLifecycle.class)
    @ConditionalOnBooleanProperty(
            name = "twofold.projections.ready-when-caught-up",
            matchIfMissing = true)
    CatchUp projectionsCatchUp(EventFeed feed, Projections projections) {
        return new CatchUp(feed, projections);
    }
}
