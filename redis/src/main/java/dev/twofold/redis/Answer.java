package dev.twofold.redis;

import org.jspecify.annotations.Nullable;

/// What is known of one key.
///
/// @param generation of the source that it comes from
/// @param position of the last change of the document; where there is none, what `reflects` was
///   when that was found out
/// @param reflects the position up to which every change of the document is in it
/// @param document null if there is none
public record Answer(int generation, long position, long reflects, @Nullable Payload document) {
    private static final long MOST = 1L << 53;

    public Answer {
        if (position < 0 || position > reflects || reflects > MOST) {
            throw new IllegalArgumentException(
                    "positions are 0 to 2^53 and none is later than what is reflected, but %d is at %d"
                            .formatted(position, reflects));
        }
    }
}
