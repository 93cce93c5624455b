package dev.twofold.postgres;

import java.time.Duration;

/// What becomes of an event that a handler throws at.
///
/// A view sets the event aside with the later ones of its document, and all others go on. The event
/// is tried again unasked after a pause, after one twice as long, and so on; once it has been tried
/// often enough it is parked: it waits for someone to look into it.
///
/// A subscription tries the event in its turn, with pauses, and parks it with the later ones of its
/// stream once that has been often enough.
///
/// Where nothing can be set aside, in an SQL projection, the projection itself pauses, tries again
/// and goes on trying; it is told of as stopped after as many attempts.
///
/// @param attempts until it is parked, the first one included; 1 or more
/// @param firstPause before the second attempt
/// @param longestPause between two attempts
/// @param mostWaiting documents of one generation, or streams of a subscription, that may wait; one
///   more stops it
public record FailurePolicy(
        int attempts, Duration firstPause, Duration longestPause, int mostWaiting) {

    /// Six attempts within about six seconds; at most 1,000 documents wait.
    public static final FailurePolicy STANDARD =
            new FailurePolicy(6, Duration.ofMillis(200), Duration.ofSeconds(10), 1_000);

    public FailurePolicy {
        if (attempts < 1) {
            throw new IllegalArgumentException(
                    "an event is tried once or more often, but attempts was %d"
                            .formatted(attempts));
        }
        if (!firstPause.isPositive() || longestPause.compareTo(firstPause) < 0) {
            throw new IllegalArgumentException(
                    "the first pause is above zero and no longer than the longest, but they were"
                            + " %s and %s".formatted(firstPause, longestPause));
        }
        if (mostWaiting < 0) {
            throw new IllegalArgumentException(
                    "0 documents or more may wait, but mostWaiting was %d".formatted(mostWaiting));
        }
    }

    /// How long to wait after this many attempts.
    Duration pauseAfter(int attempts) {
        Duration pause = firstPause;
        for (int i = 1; i < attempts && pause.compareTo(longestPause) < 0; i++) {
            pause = pause.multipliedBy(2);
        }
        return pause.compareTo(longestPause) < 0 ? pause : longestPause;
    }
}
