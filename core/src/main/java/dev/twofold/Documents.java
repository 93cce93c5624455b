package dev.twofold;

import java.util.Map;
import java.util.Set;

/// The stored documents that a fold starts from.
public interface Documents {

    /// Those of the keys that have a document.
    <D> Map<String, D> byKeys(View<?, D> view, Set<String> keys);

    /// Every document that has one of the names among its references.
    <D> Map<String, D> byReferences(View<?, D> view, Set<String> names);
}
