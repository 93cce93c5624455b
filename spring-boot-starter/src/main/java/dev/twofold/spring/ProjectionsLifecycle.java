package dev.twofold.spring;

import dev.twofold.postgres.Projections;
import org.springframework.context.SmartLifecycle;

/// Has projections take in the log from before the web server starts until after it has answered
/// its last request, which may be waiting for one of them.
final class ProjectionsLifecycle implements SmartLifecycle {
    private final Projections projections;
    private volatile State state = State.NEW;

    private enum State {
        NEW,
        RUNNING,
        CLOSED
    }

    ProjectionsLifecycle(Projections projections) {
        this.projections = projections;
    }

    @Override
    public void start() {
        if (state == State.CLOSED) {
            throw new IllegalStateException(
                    "projections that were stopped do not start again; refresh the application"
                            + " context, or make a new one");
        }
        projections.start();
        state = State.RUNNING;
    }

    /// Returns when the batches at hand have ended.
    @Override
    public void stop() {
        projections.close();
        state = State.CLOSED;
    }

    @Override
    public boolean isRunning() {
        return state == State.RUNNING;
    }

    @Override
    public boolean isPauseable() {
        return false;
    }

    @Override
    public int getPhase() {
        return 0; // web servers are in phases far above
    }
}
