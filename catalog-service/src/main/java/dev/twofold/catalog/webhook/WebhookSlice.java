package dev.twofold.catalog.webhook;

import dev.twofold.catalog.Role;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLeases;
import java.net.InetAddress;
import java.time.Clock;
import javax.sql.DataSource;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import tools.jackson.databind.json.JsonMapper;

/// Webhooks, and what tells them of events on nodes that answer queries.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(WebhookSettings.class)
@Import(WebhookEndpoints.class)
public class WebhookSlice {

    @Bean
    Webhooks webhooks(DataSource dataSource, PostgresEventStore store) {
        return new Webhooks(dataSource);
    }

    @Bean
    Addresses webhookAddresses(WebhookSettings settings) {
        return new Addresses(
                InetAddress::getAllByName,
                settings.privateAddresses() ? _ -> true : Addresses::isPublic);
    }

    @Bean
    Sender webhookSender(Addresses webhookAddresses, WebhookSettings settings) {
        return new Sender(webhookAddresses, settings.deadline());
    }

    @Bean
    Dispatcher webhookDispatcher(
            Webhooks webhooks,
            PostgresEventStore store,
            DataSource dataSource,
            LogEpoch epoch,
            Sender webhookSender,
            WebhookSettings settings,
            JsonMapper json) {
        return new Dispatcher(
                webhooks,
                store,
                store::awaitBeyond,
                new PostgresLeases(dataSource),
                epoch,
                webhookSender,
                settings,
                json,
                Clock.systemUTC());
    }

    @Bean
    ApplicationListener<ApplicationReadyEvent> startOfWebhooks(
            Dispatcher webhookDispatcher, Role role, LogEpoch epoch) {
        return _ -> {
            if (role.answersQueries() && epoch.isHere()) {
                webhookDispatcher.start();
            }
        };
    }

    @Bean
    HealthIndicator webhooksHealth(Webhooks webhooks) {
        return new WebhookHealth(webhooks);
    }
}
