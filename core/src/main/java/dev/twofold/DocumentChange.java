package dev.twofold;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a batch of events made of one document.
///
/// @param document null if there is none any more
/// @param references the names under which later events find it
/// @param position of the last event that touched it
public record DocumentChange<D>(
        View<?, D> view, String key, @Nullable D document, Set<String> references, long position) {}
