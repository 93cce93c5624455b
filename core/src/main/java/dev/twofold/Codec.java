package dev.twofold;

/// Turns records into JSON and back.
public interface Codec {

    /// @throws IllegalArgumentException if the value has no JSON form
    String encode(Object value);

    /// @throws IllegalArgumentException if the JSON does not fit the type; the message names the
    ///   place
    <T> T decode(String json, Class<T> type);
}
