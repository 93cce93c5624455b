package dev.twofold.postgres;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the stored documents of a generation compare with what the log makes of them now.
///
/// @param position the checkpoint of the partition that is least far
/// @param documents that the generation has
/// @param documentsServed that the generation has which serves queries; the same if that is this
///   one
/// @param compared documents, those that are looked up included
/// @param setAside documents that were not compared, as they wait for events that are set aside, or
///   for one that is being folded into many
/// @param different documents
/// @param differences the first of these, at most 100
public record Verification(
        String projection,
        int generation,
        long position,
        long documents,
        long documentsServed,
        long compared,
        long setAside,
        long different,
        List<Difference> differences) {

    public Verification {
        differences = List.copyOf(differences);
    }

    /// A document that is not what the log makes of it.
    ///
    /// @param view the projection's own, or one that it looks up
    /// @param expected as JSON; null if there should be none
    /// @param stored as JSON; null if there is none
    /// @param what differs: `document`, `position` of its last event, or `references`
    public record Difference(
            String view,
            String key,
            @Nullable String expected,
            @Nullable String stored,
            String what) {}

    /// Whether every document that was compared is what the log makes of it.
    public boolean holds() {
        return different == 0;
    }
}
