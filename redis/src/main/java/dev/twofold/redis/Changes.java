package dev.twofold.redis;

import java.util.Set;

/// What a source has changed, told after it can be read there.
///
/// @param generation of the source
/// @param from the position after which the changes are
/// @param to the position of the last of them, or a later one
/// @param keys of the documents that have changed
/// @param complete whether these are all changes of the source after `from` up to `to`; only then
///   are documents that have not changed known to reflect `to`
public record Changes(int generation, long from, long to, Set<String> keys, boolean complete) {

    public Changes {
        if (from < 0 || from > to) {
            throw new IllegalArgumentException(
                    "changes go from a position up to a later one, but are from %d to %d"
                            .formatted(from, to));
        }
        keys = Set.copyOf(keys);
    }
}
