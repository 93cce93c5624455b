package dev.twofold.catalog.webhook;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What holds for all webhooks.
///
/// @param privateAddresses whether receivers may be at addresses that are none of the public
///   internet, and may be told over plain HTTP
/// @param deadline for a delivery from its beginning to its end
/// @param attempts how often an event is tried before the webhook is disabled
/// @param firstRetry how long after the first attempt the second comes; each after that comes after
///   twice the time
/// @param lastRetry the longest time between two attempts
/// @param keyFile with the keys that secrets are sealed under in the database; null to leave them
///   as they are
@ConfigurationProperties("catalog.webhooks")
public record WebhookSettings(
        @DefaultValue("false") boolean privateAddresses,
        @DefaultValue("10s") Duration deadline,
        @DefaultValue("20") int attempts,
        @DefaultValue("5s") Duration firstRetry,
        @DefaultValue("1h") Duration lastRetry,
        @Nullable Path keyFile) {

    public WebhookSettings {
        if (attempts < 1 || !deadline.isPositive() || !firstRetry.isPositive()) {
            throw new IllegalArgumentException(
                    "catalog.webhooks has attempts of 1 or more, and a deadline and first-retry above zero, but was %d, %s and %s"
                            .formatted(attempts, deadline, firstRetry));
        }
    }

    /// How long to wait after an attempt in vain, without jitter.
    Duration pause(int attempt) {
        Duration pause = firstRetry;
        for (int i = 1; i < attempt && pause.compareTo(lastRetry) < 0; i++) {
            pause = pause.multipliedBy(2);
        }
        return pause.compareTo(lastRetry) < 0 ? pause : lastRetry;
    }
}
