package dev.twofold.catalog.webhook;

import dev.twofold.RecordedEvent;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a receiver is told of an event.
///
/// @param type and revision of the event, as stored
/// @param timestamp when it was recorded
/// @param version in its stream; 0 without one
/// @param token the consistency token of its position: what is asked for with it is no older
/// @param data of the event, as stored
record Message(
        String type,
        Instant timestamp,
        int revision,
        long position,
        @Nullable String stream,
        long version,
        String token,
        @Nullable String correlationId,
        JsonNode data) {

    static String of(RecordedEvent event, String token, JsonMapper json) {
        return json.writeValueAsString(
                new Message(
                        event.type(),
                        event.recordedAt(),
                        event.revision(),
                        event.position(),
                        event.stream() == null ? null : event.stream().toString(),
                        event.version(),
                        token,
                        event.metadata().correlation(),
                        json.readTree(event.data())));
    }
}
