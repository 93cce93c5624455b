package dev.twofold.postgres;

import java.util.Set;

/// What one batch of events has changed in a view's documents.
///
/// @param generation of the view
/// @param after the position after which the events are
/// @param upTo the position up to which they are
/// @param keys of the documents that the events touch: no other one is changed
/// @param complete whether these are all documents of the view that events between the two
///   positions touch
public record ViewChanges(
        int generation, long after, long upTo, Set<String> keys, boolean complete) {
    public ViewChanges {
        keys = Set.copyOf(keys);
    }
}
