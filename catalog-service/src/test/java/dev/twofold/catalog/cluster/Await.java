package dev.twofold.catalog.cluster;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.Callable;

/// Waits for what has to come, and gives up only when it is certain that it does not.
final class Await {
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration LOOK = Duration.ofMillis(50);

    private Await() {}

    static void until(String what, Callable<Boolean> condition) {
        await(what).atMost(LONGEST).pollDelay(Duration.ZERO).pollInterval(LOOK).until(condition);
    }
}
