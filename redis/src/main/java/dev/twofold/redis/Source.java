package dev.twofold.redis;

import org.jspecify.annotations.Nullable;

/// Where documents come from when the cache has none that is new enough.
///
/// A source counts its changes: each has a position, higher than all before it. Its documents may
/// be made anew beside those that serve, as another generation with positions of its own. Called by
/// many threads.
public interface Source {

    /// The document as it is, and how far it reflects the source: read together, and not before the
    /// call.
    ///
    /// @param notOlderThan what the answer has to reflect
    /// @return null if the source itself, such as a replica, has not come as far
    @Nullable Answer find(String key, long notOlderThan);

    /// Where the source stands: asked about twice a second.
    Standing standing();

    /// @param generation that serves
    /// @param position up to which all changes are in its documents, but those of which
    ///   [Source#find] says that they reflect less
    record Standing(int generation, long position) {}
}
