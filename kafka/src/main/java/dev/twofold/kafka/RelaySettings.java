package dev.twofold.kafka;

import dev.twofold.Query;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What is relayed, to where, and in which form.
///
/// @param topics the topics of this log alone
/// @param events those that are relayed; positions of others are passed over
/// @param from the position after which never written topics begin
/// @param structured whether a record's value is the whole CloudEvent, rather than its data with
///   the attributes as headers
/// @param source the `source` of the CloudEvents; null for `urn:uuid:` and the epoch of the log
/// @param schemas published to the topic `base-schemas`, the newest of each name kept
/// @param schemaBase what `dataschema` puts before the name of a schema
/// @param lease how long a relay that gives no sign of life keeps others waiting
/// @param heartbeat how often watermarks are repeated while nothing happens
public record RelaySettings(
        Topics topics,
        Query events,
        long from,
        boolean structured,
        @Nullable URI source,
        List<EventSchema> schemas,
        String schemaBase,
        Duration lease,
        Duration heartbeat) {
    private static final Duration LEASE = Duration.ofSeconds(5);
    private static final Duration HEARTBEAT = Duration.ofSeconds(30);

    public RelaySettings {
        schemas = List.copyOf(schemas);
        if (from < 0) {
            throw new IllegalArgumentException(
                    "a relay begins after position 0 or a later one, but was to begin after "
                            + from);
        }
        requirePositive("lease", lease);
        requirePositive("heartbeat", heartbeat);
        URI.create(schemaBase + "event.v1");
    }

    /// All events from the start, in binary mode.
    public static RelaySettings to(Topics topics) {
        return new RelaySettings(
                topics,
                Query.all(),
                0,
                false,
                null,
                List.of(),
                "urn:twofold:schema:",
                LEASE,
                HEARTBEAT);
    }

    /// The same for some events only.
    public RelaySettings only(Query query) {
        return new RelaySettings(
                topics, query, from, structured, source, schemas, schemaBase, lease, heartbeat);
    }

    /// The same for topics that begin after a position.
    public RelaySettings after(long position) {
        return new RelaySettings(
                topics,
                events,
                position,
                structured,
                source,
                schemas,
                schemaBase,
                lease,
                heartbeat);
    }

    /// The same with each record's value a whole CloudEvent as JSON.
    public RelaySettings inStructuredMode() {
        return new RelaySettings(
                topics, events, from, true, source, schemas, schemaBase, lease, heartbeat);
    }

    /// The same with another source of the CloudEvents.
    public RelaySettings from(URI uri) {
        return new RelaySettings(
                topics, events, from, structured, uri, schemas, schemaBase, lease, heartbeat);
    }

    /// The same with schemas, and what `dataschema` puts before their names.
    public RelaySettings withSchemas(List<EventSchema> more, String base) {
        return new RelaySettings(
                topics, events, from, structured, source, more, base, lease, heartbeat);
    }

    /// The same with other times.
    public RelaySettings withTimes(Duration newLease, Duration newHeartbeat) {
        return new RelaySettings(
                topics,
                events,
                from,
                structured,
                source,
                schemas,
                schemaBase,
                newLease,
                newHeartbeat);
    }

    /// The name of the lease, and of the rights on the brokers.
    String transactionalId() {
        return "twofold-relay-" + topics.base();
    }

    URI sourceOf(UUID log) {
        return source == null ? URI.create("urn:uuid:" + log) : source;
    }

    private static void requirePositive(String what, Duration time) {
        if (!time.isPositive()) {
            throw new IllegalArgumentException(
                    "the %s of a relay is longer than nothing, but was %s".formatted(what, time));
        }
    }
}
