package dev.twofold.catalog.webhook;

import dev.twofold.catalog.Role;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLeases;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
    private static final Logger LOG = LoggerFactory.getLogger(WebhookSlice.class);

    /// On nodes that tell them of events, those whose secrets all can be read.
    @Bean
    Webhooks webhooks(
            DataSource dataSource, PostgresEventStore store, WebhookSettings settings, Role role) {
        Path keys = settings.keyFile();
        Webhooks webhooks =
                new Webhooks(dataSource, keys == null ? SecretSeal.none() : SecretSeal.of(keys));
        int sealed = role.answersQueries() ? webhooks.sealAll() : 0;
        if (sealed > 0) {
            LOG.info(
                    "the secrets of {} webhooks are sealed under the first key of {}",
                    sealed,
                    keys);
        }
        return webhooks;
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
