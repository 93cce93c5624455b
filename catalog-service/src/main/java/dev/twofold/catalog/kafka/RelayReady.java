package dev.twofold.catalog.kafka;

import dev.twofold.EventFeed;
import dev.twofold.kafka.Relay;
import dev.twofold.kafka.RelayStatus;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;

/// Keeps a node from being ready until the topics have the log up to where it ended at start,
/// whichever node has brought it there.
///
/// Spring Boot lets an application be ready when its runners have returned.
final class RelayReady implements ApplicationRunner {
    private static final Duration POLL = Duration.ofMillis(20);

    private final Relay relay;
    private final EventFeed log;

    RelayReady(Relay relay, EventFeed log) {
        this.relay = relay;
        this.log = log;
    }

    @Override
    public void run(ApplicationArguments arguments) throws InterruptedException {
        long end = log.head();
        while (!reaches(relay.status(), end)) {
            if (Thread.interrupted()) {
                throw new InterruptedException("stopped before the topics had the log");
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private static boolean reaches(RelayStatus status, long end) {
        return status.failure() == null && status.position() >= end;
    }
}
