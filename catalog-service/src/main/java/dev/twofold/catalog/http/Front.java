package dev.twofold.catalog.http;

import org.eclipse.jetty.server.Handler;

/// What answers requests before any servlet sees them, on the threads that read from connections
/// and so must never wait.
public interface Front {
    /// @param others answers what this does not; it does not wait either
    /// @return one of an invocation that is non-blocking
    Handler before(Handler others);
}
