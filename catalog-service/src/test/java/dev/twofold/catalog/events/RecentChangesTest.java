package dev.twofold.catalog.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.EventTypes;
import dev.twofold.InMemoryEventStore;
import dev.twofold.Metadata;
import dev.twofold.Query;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.CatalogEvents;
import dev.twofold.catalog.events.RecentChanges.News;
import dev.twofold.catalog.product.ProductEvent.ProductRenamed;
import dev.twofold.jackson.JacksonCodec;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RecentChangesTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final int EVENTS = 3_000;

    private final CountDownLatch written = new CountDownLatch(1);
    private final InMemoryEventStore log = new InMemoryEventStore(Clock.systemUTC());
    private final EventTypes<CatalogEvent> types = CatalogEvents.types(new JacksonCodec());
    private final RecentChanges recent = new RecentChanges(log, (_, _) -> Thread.onSpinWait(), 50);

    @Test
    void tells_each_follower_all_in_order_however_far_it_falls_behind() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Long>>> followers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                followers.add(threads.submit(follower(i % 4 == 0)));
            }
            for (int i = 0; i < EVENTS; i++) {
                rename();
            }
            written.countDown();
            List<Long> all = LongStream.rangeClosed(1, EVENTS).boxed().toList();
            for (Future<List<Long>> follower : followers) {
                assertThat(follower.get()).isEqualTo(all);
            }
        }
    }

    /// Follows from the start of the log to its end, reading the log where it has to.
    ///
    /// @param slow whether it takes a hundred changes, and no more until all are written
    private Callable<List<Long>> follower(boolean slow) {
        return () -> {
            List<Long> heard = new ArrayList<>();
            recent.join();
            try {
                long position = 0;
                while (position < EVENTS) {
                    News news = recent.after(position, LONG);
                    if (news.missed()) {
                        var page = log.next(Query.all(), position, 100);
                        page.events().forEach(event -> heard.add(event.position()));
                        position = page.upTo();
                    } else {
                        news.changes().forEach(change -> heard.add(change.position()));
                        position = news.upTo();
                    }
                    if (slow && position >= 100) {
                        written.await();
                    }
                }
            } finally {
                recent.leave();
            }
            return heard;
        };
    }

    @Test
    void says_what_it_does_not_keep() throws Exception {
        recent.join();
        for (int i = 0; i < 60; i++) {
            rename();
        }
        assertThat(recent.after(59, LONG).upTo()).isEqualTo(60);
        assertThat(recent.after(0, LONG).missed()).isTrue();
        assertThat(recent.after(9, LONG).missed()).isTrue();
        News kept = recent.after(10, LONG);
        assertThat(kept.missed()).isFalse();
        assertThat(kept.changes()).hasSize(50).first().extracting(Change::position).isEqualTo(11L);
        assertThat(recent.after(60, Duration.ZERO)).isEqualTo(new News(false, List.of(), 60));
        recent.leave();
    }

    @Test
    void lets_followers_go_when_it_stops() throws Exception {
        recent.join();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<News> waiting = threads.submit(() -> recent.after(0, LONG));
            recent.stop();
            assertThat(waiting.get().changes()).isEmpty();
        }
        assertThat(recent.isStopped()).isTrue();
    }

    private void rename() {
        Append append =
                Append.of(List.of(types.encode(new ProductRenamed("p", "Name"), Metadata.none())));
        assertThat(log.append(append)).isInstanceOf(Appended.class);
    }
}
