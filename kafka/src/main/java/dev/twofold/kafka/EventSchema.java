package dev.twofold.kafka;

/// The JSON Schema of the data of one type of events in one revision.
///
/// @param name type and revision as CloudEvents have them, such as `price-changed.v2`
/// @param json a JSON Schema
public record EventSchema(String name, String json) {

    public static EventSchema of(String type, int revision, String json) {
        return new EventSchema("%s.v%d".formatted(type, revision), json);
    }
}
