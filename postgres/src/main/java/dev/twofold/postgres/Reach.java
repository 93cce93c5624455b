package dev.twofold.postgres;

import org.jspecify.annotations.Nullable;

/// How far the serving generation of a projection has come, and why it goes no further, if so.
record Reach(int generation, long position, @Nullable String stopped) {
    static final Reach NOWHERE = new Reach(0, 0, null);

    /// This or the other, whichever was true later; the other was learnt of later.
    Reach orNewer(Reach other) {
        return other.generation == generation && other.position < position ? this : other;
    }
}
