package dev.twofold.postgres;

import java.time.Duration;

/// With what effort a batch is done.
enum Effort {
    /// Batches are long, and while one takes effect the next ones are read and decoded.
    FULL(Duration.ofMillis(200), true),

    /// Batches are short, and one thing is done at a time, for the sake of others on the machine.
    GENTLE(Duration.ofMillis(2), false);

    private final Duration batch;
    private final boolean readsAhead;

    Effort(Duration batch, boolean readsAhead) {
        this.batch = batch;
        this.readsAhead = readsAhead;
    }

    /// How long a batch is to take, about.
    Duration batch() {
        return batch;
    }

    boolean readsAhead() {
        return readsAhead;
    }
}
