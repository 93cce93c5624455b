package dev.twofold.catalog;

/// How a command that may be sent twice is to have one effect: its key, and the answers to keep
/// under it for the second time.
///
/// @param <R> reasons to refuse the command
public interface Once<R> {

    /// What the command's append keeps its answer under.
    String key();

    /// The answer to keep if the command is carried out.
    ///
    /// @param id of what it is about
    /// @param events how many it records
    String accepted(String id, int events);

    /// The answer to keep if it is turned down.
    String refused(R reason);
}
