package dev.twofold.postgres;

/// What a view says about one key.
///
/// `reached` is the position up to which the view has taken in the log, read together with the
/// document; `generation` is the view's.
public sealed interface ViewAnswer<D> {

    /// The document, which an event at `position` touched last.
    record Found<D>(D document, long position, long reached, int generation)
            implements ViewAnswer<D> {}

    /// There is no such document as of `reached`.
    record Missing<D>(long reached, int generation) implements ViewAnswer<D> {}

    /// The view has come as far as `reached` only, and less than was asked for; 0 if it does not
    /// exist yet.
    record Behind<D>(long reached) implements ViewAnswer<D> {}
}
