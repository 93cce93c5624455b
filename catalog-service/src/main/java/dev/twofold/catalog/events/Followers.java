package dev.twofold.catalog.events;

import dev.twofold.catalog.http.Problem;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.springframework.http.HttpStatus;

/// How many follow at a time, altogether and each caller. Safe for use by many threads.
final class Followers {
    private static final Duration RETRY = Duration.ofSeconds(30);

    private final int max;
    private final int maxEach;
    private final Map<String, Integer> callers = new HashMap<>();
    private int all;

    /// @param max on this node
    /// @param maxEach of one caller
    Followers(int max, int maxEach) {
        this.max = max;
        this.maxEach = maxEach;
    }

    /// @throws Problem if there are too many
    synchronized void enter(String caller) {
        int own = callers.getOrDefault(caller, 0);
        if (own >= maxEach || all >= max) {
            throw Problem.of(
                            HttpStatus.SERVICE_UNAVAILABLE,
                            "too-many-streams",
                            own >= maxEach
                                    ? "you follow %d streams already; end one, or follow all changes in one"
                                            .formatted(own)
                                    : "%d streams are followed already; try again later, or ask another node"
                                            .formatted(all))
                    .retryAfter(RETRY);
        }
        callers.put(caller, own + 1);
        all++;
    }

    synchronized void leave(String caller) {
        callers.computeIfPresent(caller, (_, own) -> own == 1 ? null : own - 1);
        all--;
    }

    synchronized int count() {
        return all;
    }
}
