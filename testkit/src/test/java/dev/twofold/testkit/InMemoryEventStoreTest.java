package dev.twofold.testkit;

import dev.twofold.EventStore;
import dev.twofold.InMemoryEventStore;
import java.time.Clock;

class InMemoryEventStoreTest extends EventStoreContract {

    @Override
    protected EventStore emptyStore() {
        return new InMemoryEventStore(Clock.systemUTC());
    }
}
