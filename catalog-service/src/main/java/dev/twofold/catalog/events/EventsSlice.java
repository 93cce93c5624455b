package dev.twofold.catalog.events;

import dev.twofold.postgres.PostgresEventStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The stream of changes over HTTP.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(EventsSettings.class)
@Import(EventsEndpoint.class)
public class EventsSlice {
    private static final int KEPT = 4_096;

    @Bean
    RecentChanges recentChanges(PostgresEventStore store) {
        return new RecentChanges(store, store::awaitBeyond, KEPT);
    }

    @Bean
    Followers followers(EventsSettings settings) {
        return new Followers(settings.followers(), settings.followersEach());
    }

    /// How many follow changes.
    @Bean
    MeterBinder followersMeter(Followers followers) {
        return registry ->
                Gauge.builder("catalog.events.followers", followers, Followers::count)
                        .register(registry);
    }
}
