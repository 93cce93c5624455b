package dev.twofold.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.EventStore;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

class EventStoreContractTest {

    @Test
    void every_test_of_the_contract_fails_for_a_store_that_does_nothing() {
        List<String> passed = new ArrayList<>();
        List<String> failed = new ArrayList<>();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectClass(IdleEventStoreTests.class))
                                .build(),
                        new TestExecutionListener() {
                            @Override
                            public void executionFinished(
                                    TestIdentifier test, TestExecutionResult result) {
                                if (test.isTest()) {
                                    boolean ok = result.getStatus() == Status.SUCCESSFUL;
                                    (ok ? passed : failed).add(test.getDisplayName());
                                }
                            }
                        });

        assertThat(passed).as("tests that a store passes by doing nothing").isEmpty();
        assertThat(failed).hasSizeGreaterThan(50);
    }

    /// Not named …Test, so that it runs only from here.
    static final class IdleEventStoreTests extends EventStoreContract {

        @Override
        protected EventStore emptyStore() {
            return new IdleEventStore();
        }
    }

    /// Agrees to everything and keeps nothing.
    private static final class IdleEventStore implements EventStore {

        @Override
        public AppendOutcome append(Append append) {
            return new AppendOutcome.Appended(1, Math.max(1, append.events().size()));
        }

        @Override
        public List<RecordedEvent> read(Query query, long after, int limit) {
            return List.of();
        }

        @Override
        public long head() {
            return 0;
        }
    }
}
