package dev.twofold;

import dev.twofold.CommandOutcome.Contended;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/// Handles a command again while it is contended, a bounded number of times.
///
/// Pauses of random length keep those who lost together from meeting again. A thread that is
/// interrupted is not kept: its command is handled no further time.
final class RetryOnConflict implements Interceptor {
    private final int times;
    private final Duration longestPause;

    RetryOnConflict(int times, Duration longestPause) {
        if (times < 1) {
            throw new IllegalArgumentException(
                    "a command is handled 1 or more times, but %d was asked for".formatted(times));
        }
        if (longestPause.isNegative()) {
            throw new IllegalArgumentException(
                    "a pause takes no negative time, but %s was asked for".formatted(longestPause));
        }
        this.times = times;
        this.longestPause = longestPause;
    }

    @Override
    public <C, S, R> CommandHandler<C, S, R> around(CommandHandler<C, S, R> next) {
        return (command, metadata) -> {
            CommandOutcome<S, R> outcome = next.handle(command, metadata);
            int attempts = 0;
            for (int time = 1; outcome instanceof Contended<S, R>(int more); time++) {
                attempts += more;
                if (time == times || Thread.currentThread().isInterrupted()) {
                    return new Contended<>(attempts);
                }
                pause(longestPause.toNanos() << Math.min(time - 1, 10));
                outcome = next.handle(command, metadata);
            }
            return outcome;
        };
    }

    private static void pause(long longestNanos) {
        if (longestNanos > 0) {
            LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(longestNanos) + 1);
        }
    }
}
