package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.EventStore;
import dev.twofold.Query;
import dev.twofold.Recorded;
import dev.twofold.RecordedEvent;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LogPagesTest {
    private final Shop shop = new Shop();

    /// The bug is known: a marker that is taken after the read passes what came in between.
    @Test
    void no_event_is_passed_over_that_comes_between_the_reads_of_a_page() {
        Intruded store = new Intruded();
        LogPages<OrderEvent> pages =
                new LogPages<>(store, Projection.of(Shop.TYPES, Shop.table("pages")));
        List<Long> positions = new ArrayList<>();
        long upTo = 0;
        for (int i = 0; i < 10; i++) {
            Page<OrderEvent> page = pages.read(upTo, 10, true);
            page.events().stream().map(Recorded::position).forEach(positions::add);
            upTo = page.upTo();
        }

        assertThat(positions).hasSizeGreaterThan(10);
        assertThat(positions)
                .containsExactlyElementsOf(LongStream.rangeClosed(1, upTo).boxed().toList());
    }

    @Test
    @Timeout(60)
    void the_end_of_the_log_is_read_anew_when_it_is_wanted_though_it_was_read_ahead()
            throws InterruptedException {
        CountDownLatch readAhead = new CountDownLatch(2);
        LogPages<OrderEvent> pages =
                new LogPages<>(
                        new CountedLog(readAhead), Projection.of(Shop.TYPES, Shop.table("end")));
        for (int i = 0; i < 10; i++) {
            shop.record(new OrderPlaced("o", "c"));
        }
        assertThat(pages.read(0, 10, true).full()).isTrue();
        readAhead.await(); // nothing was behind it then
        long last = shop.record(new OrderPlaced("o", "c"));

        Page<OrderEvent> end = pages.read(10, 10, true);

        assertThat(end.events()).extracting(Recorded::position).containsExactly(last);
        assertThat(end.upTo()).isEqualTo(last);
    }

    /// A log that counts how often it was asked for its end, as each read begins with.
    private final class CountedLog implements EventStore {
        private final CountDownLatch reads;

        CountedLog(CountDownLatch reads) {
            this.reads = reads;
        }

        @Override
        public AppendOutcome append(Append append) {
            return shop.log.append(append);
        }

        @Override
        public List<RecordedEvent> read(Query query, long after, int limit) {
            return shop.log.read(query, after, limit);
        }

        @Override
        public long head() {
            long head = shop.log.head();
            reads.countDown();
            return head;
        }
    }

    /// A log to which an order comes after each call.
    private final class Intruded implements EventStore {
        @Override
        public AppendOutcome append(Append append) {
            return shop.log.append(append);
        }

        @Override
        public List<RecordedEvent> read(Query query, long after, int limit) {
            List<RecordedEvent> events = shop.log.read(query, after, limit);
            shop.record(new OrderPlaced("o", "c"));
            return events;
        }

        @Override
        public long head() {
            long head = shop.log.head();
            shop.record(new OrderPlaced("o", "c"));
            return head;
        }
    }
}
