package dev.twofold.postgres;

/// What was read of tables that change as the log does.
///
/// @param <T> what was read
public sealed interface TableAnswer<T> {

    /// What there is, with the log taken in up to `reached` and no further; `generation` is that of
    /// the projection, 0 for tables that change with the log itself.
    record Read<T>(T content, long reached, int generation) implements TableAnswer<T> {}

    /// The tables have come as far as `reached` only, and less than was asked for; 0 if they do not
    /// exist yet.
    record Behind<T>(long reached) implements TableAnswer<T> {}
}
