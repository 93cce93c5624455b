package dev.twofold.catalog.events;

import dev.twofold.EventFeed;
import dev.twofold.EventStoreException;
import dev.twofold.Query;
import dev.twofold.catalog.CatalogEvents;
import dev.twofold.catalog.events.RecentChanges.News;
import dev.twofold.catalog.http.BrokenAnswer;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.catalog.http.Parameters;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/// Changes as Server-Sent Events, from where the caller has come to.
///
/// The id of an event is the consistency token of its position, so that what is asked for with it
/// is no older. A caller that takes nothing for as long as the server's connection timeout is cut
/// off; it goes on later with the last id that it has got. A stream ends after a quarter of an
/// hour, so that nobody reads on for long who may no more; browsers come again by themselves.
@RestController
final class EventsEndpoint {
    static final String LAST_EVENT_ID = "Last-Event-ID";
    private static final Logger LOG = LoggerFactory.getLogger(EventsEndpoint.class);
    private static final int PAGE = 500;
    private static final int READERS = 4;
    private static final Duration LONGEST = Duration.ofMinutes(15);

    private final EventFeed log;
    private final LogEpoch epoch;
    private final RecentChanges recent;
    private final Followers followers;
    private final Duration heartbeat;
    private final JsonMapper json;
    private final InstantSource clock;

    /// Those who read the log itself, so that they leave connections to others.
    private final Semaphore readers = new Semaphore(READERS);

    EventsEndpoint(
            EventFeed log,
            LogEpoch epoch,
            RecentChanges recent,
            Followers followers,
            EventsSettings settings,
            JsonMapper json) {
        this.log = log;
        this.epoch = epoch;
        this.recent = recent;
        this.followers = followers;
        this.heartbeat = settings.heartbeat();
        this.json = json;
        this.clock = InstantSource.system();
    }

    /// What an event holds.
    record Data(String type, String subject, String id, long version, Instant recordedAt) {
        private static Data of(Change change) {
            return new Data(
                    change.type(),
                    change.subject(),
                    change.id(),
                    change.version(),
                    change.recordedAt());
        }
    }

    /// Before each of the others: a node that has no log to read events from refuses them all.
    @ModelAttribute
    void requireLog() {
        epoch.requireLog();
    }

    @GetMapping("/events")
    void follow(HttpServletRequest request, HttpServletResponse response)
            throws IOException, InterruptedException {
        Parameters parameters = Parameters.of(request, Set.of("product", "after"));
        String product = parameters.text("product").orElse(null);
        long position = position(request, parameters);
        String caller =
                request.getUserPrincipal() == null
                        ? request.getRemoteAddr()
                        : request.getUserPrincipal().getName();
        followers.enter(caller);
        try {
            recent.join();
            try {
                response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
                response.setCharacterEncoding(StandardCharsets.UTF_8.name());
                response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
                response.setHeader("X-Accel-Buffering", "no"); // nginx would hold events back
                if (!request.getMethod().equals("HEAD")) {
                    send(product, position, response.getOutputStream());
                }
            } finally {
                recent.leave();
            }
        } finally {
            followers.leave(caller);
        }
    }

    /// Where the caller has come to; the end of the log if it does not say.
    private long position(HttpServletRequest request, Parameters parameters) {
        String last = request.getHeader(LAST_EVENT_ID);
        Optional<String> token =
                last == null || last.isEmpty() ? parameters.text("after") : Optional.of(last);
        return token.map(epoch::position).orElseGet(log::head);
    }

    private void send(@Nullable String product, long start, OutputStream out)
            throws InterruptedException {
        Instant end = clock.instant().plus(LONGEST);
        long position = start;
        try {
            write(out, "retry: 2000\n" + mark(position));
            while (!recent.isStopped() && clock.instant().isBefore(end)) {
                News news = news(product, position);
                StringBuilder text = new StringBuilder();
                for (Change change : news.changes()) {
                    if (product == null || isOf(product, change)) {
                        text.append(event(change));
                    }
                }
                // also when nothing has happened, so that a caller who is gone is noticed, and one
                // who comes again need not be told of what does not concern it
                if (text.isEmpty() || news.changes().getLast().position() < news.upTo()) {
                    boolean quiet = text.isEmpty() && news.upTo() == position;
                    text.append(quiet ? ":\n\n" : mark(news.upTo()));
                }
                write(out, text.toString());
                position = news.upTo();
            }
        } catch (IOException e) {
            LOG.debug("a follower is gone, or takes nothing", e);
        } catch (EventStoreException e) {
            throw new BrokenAnswer("a stream of changes broke off after position " + position, e);
        }
    }

    private News news(@Nullable String product, long position) throws InterruptedException {
        News news = recent.after(position, heartbeat);
        if (!news.missed()) {
            return news;
        }
        readers.acquire();
        try {
            EventFeed.Page page = log.next(query(product), position, PAGE);
            List<Change> changes =
                    page.events().stream().flatMap(event -> Change.of(event).stream()).toList();
            return new News(false, changes, page.upTo());
        } finally {
            readers.release();
        }
    }

    private static Query query(@Nullable String product) {
        return product == null
                ? Query.all()
                : Query.stream(CatalogEvents.productStream(product))
                        .or(Query.tags(CatalogEvents.reviewedTag(product)));
    }

    private static boolean isOf(String product, Change change) {
        return change.subject().equals(Change.PRODUCT) && change.id().equals(product);
    }

    private String event(Change change) {
        return "id: %s\ndata: %s\n\n"
                .formatted(
                        epoch.token(change.position()), json.writeValueAsString(Data.of(change)));
    }

    /// Notes a position with the caller, and is no event.
    private String mark(long position) {
        return "id: %s\n\n".formatted(epoch.token(position));
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
