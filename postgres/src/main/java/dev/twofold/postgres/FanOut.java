package dev.twofold.postgres;

import dev.twofold.Recorded;
import java.util.List;
import java.util.Set;

/// An event that concerns more documents than one batch changes.
///
/// It is pending for those documents that have one of the names among their references and that no
/// event at its position, or a later one, has touched. That holds because whatever loads a document
/// folds into it what is pending before anything else.
///
/// @param names under which it finds documents
/// @param events what the stored event was decoded to
record FanOut<E>(long position, Set<String> names, List<Recorded<E>> events) {}
