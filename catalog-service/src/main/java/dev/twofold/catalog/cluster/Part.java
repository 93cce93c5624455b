package dev.twofold.catalog.cluster;

import java.util.List;

/// One of the processes that a cluster is made of. It can be killed, suspended, and brought back.
///
/// Not safe for use by many threads; [Cluster] sees to that.
interface Part extends AutoCloseable {

    /// Its own, such as `relay-1`.
    String name();

    /// What it does, which it may have in common with others, such as `relay`.
    String role();

    /// Starts it, and returns when its process is there; it may not be ready yet.
    void start();

    /// The processes that it consists of, the one that the others depend on first; none if it does
    /// not run.
    List<ProcessHandle> processes();

    /// Ends it without a word.
    default void kill() {
        List<ProcessHandle> all = processes();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(process -> process.onExit().join());
    }

    /// Has it stand still, as a machine does that is starved or has lost its network.
    default void pause() {
        Signal.STOP.send(processes());
    }

    /// Has it go on after [#pause].
    default void resume() {
        Signal.CONT.send(processes());
    }

    /// Stops it in order, and returns when it has.
    @Override
    void close();
}
