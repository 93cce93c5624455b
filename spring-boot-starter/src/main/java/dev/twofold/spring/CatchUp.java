package dev.twofold.spring;

import dev.twofold.EventFeed;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.WaitOutcome;
import java.time.Duration;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;

/// Keeps an application from being ready until each of its projections has taken in the log up to
/// where it ended at start. One that cannot go on is not waited for.
///
/// Spring Boot lets an application be ready when its runners have returned.
final class CatchUp implements ApplicationRunner {
    private static final System.Logger LOG = System.getLogger(CatchUp.class.getName());
    private static final Duration BETWEEN_NOTES = Duration.ofSeconds(10);

    private final EventFeed feed;
    private final Projections projections;

    CatchUp(EventFeed feed, Projections projections) {
        this.feed = feed;
        this.projections = projections;
    }

    @Override
    public void run(ApplicationArguments arguments) throws InterruptedException {
        long end = feed.head();
        for (String name : projections.names()) {
            await(name, end);
        }
    }

    private void await(String projection, long end) throws InterruptedException {
        while (true) {
            switch (projections.await(projection, end, BETWEEN_NOTES)) {
                case WaitOutcome.Reached _ -> {
                    return;
                }
                case WaitOutcome.Stalled(long position, _, String reason) -> {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "not waiting for {0}, which goes no further than position {1}: {2}",
                            projection,
                            position,
                            reason);
                    return;
                }
                case WaitOutcome.TimedOut(long position) ->
                        LOG.log(
                                System.Logger.Level.INFO,
                                "not ready yet: {0} is at position {1} of {2}",
                                projection,
                                position,
                                end);
            }
        }
    }
}
