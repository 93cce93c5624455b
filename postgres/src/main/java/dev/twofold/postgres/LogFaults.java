package dev.twofold.postgres;

import java.util.List;

/// What a check of a log found.
///
/// @param events how many were checked, which is also the last position
/// @param first the first 100 faults, each a sentence that names the position
/// @param more whether there are further ones
public record LogFaults(long events, List<String> first, boolean more) {
    public LogFaults {
        first = List.copyOf(first);
    }
}
