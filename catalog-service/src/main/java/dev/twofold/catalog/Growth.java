package dev.twofold.catalog;

import java.time.Duration;

/// Waits for the log to grow, without asking it.
public interface Growth {

    /// Returns once the log is known to have grown beyond a position, or the time is up.
    void await(long position, Duration max) throws InterruptedException;
}
