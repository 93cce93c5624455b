package dev.twofold.catalog.access;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Who may read, from where, and how often: the properties that begin with `catalog.access`.
///
/// @param publicRead whether queries need no key (default: true)
/// @param sharedCache how long shared caches may answer queries without asking (default: 0s)
/// @param origins of web pages elsewhere that may call the catalog, such as `https://shop.example`
///   (default: none)
/// @param reads queries a minute for each key, and for each address without one; 0 for no limit
///   (default: 6,000 beyond loopback, no limit on loopback)
/// @param writes the same for commands (default: 600 beyond loopback)
/// @param keyMemory how long a key that was looked up is known, and so how long one that another
///   process revoked may still be taken (default: 5s)
/// @param issuer of OpenID Connect tokens to take; null for none
/// @param jwks where the issuer's keys are; null to ask the issuer
/// @param audience what those tokens must be meant for
/// @param scopePrefix what is in front of a scope's name in those tokens (default: `catalog:`)
@ConfigurationProperties("catalog.access")
record AccessSettings(
        @DefaultValue("true") boolean publicRead,
        @DefaultValue("0s") Duration sharedCache,
        @DefaultValue List<String> origins,
        @Nullable Integer reads,
        @Nullable Integer writes,
        @DefaultValue("5s") Duration keyMemory,
        @Nullable URI issuer,
        @Nullable URI jwks,
        @Nullable String audience,
        @DefaultValue("catalog:") String scopePrefix) {

    AccessSettings {
        origins = List.copyOf(origins);
        if (issuer != null && (audience == null || audience.isBlank())) {
            throw new IllegalStateException(
                    "catalog.access.issuer is set, but catalog.access.audience is not; name what"
                            + " the issuer's tokens must be meant for, or tokens for other services"
                            + " would be taken");
        }
        if (origins.contains("*")) {
            throw new IllegalStateException(
                    "catalog.access.origins is a list of origins such as https://shop.example, and"
                            + " \"*\" is none");
        }
    }
}
