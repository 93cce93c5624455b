package dev.twofold.catalog.webhook;

import java.util.List;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/// Which webhooks are disabled; the catalog itself is well nonetheless. Down only when nobody can
/// tell.
final class WebhookHealth extends AbstractHealthIndicator {
    private final Webhooks webhooks;

    WebhookHealth(Webhooks webhooks) {
        super("the webhooks cannot be read");
        this.webhooks = webhooks;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) {
        List<String> disabled =
                webhooks.list().stream()
                        .filter(webhook -> webhook.disabledAt() != null)
                        .map(Webhook::id)
                        .toList();
        health.up();
        if (!disabled.isEmpty()) {
            health.withDetail("disabled", disabled);
        }
    }
}
