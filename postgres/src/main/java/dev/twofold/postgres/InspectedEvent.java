package dev.twofold.postgres;

import dev.twofold.RecordedEvent;
import org.jspecify.annotations.Nullable;

/// An event that is set aside, with what is needed to tell why.
///
/// @param stored the event as it lies in the log
/// @param current what it is lifted to in this process, as text; the reason if it cannot be
/// @param document that it does not fit, as JSON; null if there is none
public record InspectedEvent(
        ParkedEvent parked, RecordedEvent stored, String current, @Nullable String document) {}
