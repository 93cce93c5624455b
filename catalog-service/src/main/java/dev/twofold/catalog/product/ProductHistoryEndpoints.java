package dev.twofold.catalog.product;

import dev.twofold.LiveView.AsOf;
import dev.twofold.Metadata;
import dev.twofold.QueryBus;
import dev.twofold.catalog.http.Cursor;
import dev.twofold.catalog.http.Freshness;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.catalog.http.Parameters;
import dev.twofold.catalog.http.Problem;
import dev.twofold.catalog.http.RowQuery;
import dev.twofold.catalog.http.Shown;
import dev.twofold.catalog.http.WebPage;
import dev.twofold.catalog.product.HistoryQuery.FindAsOf;
import dev.twofold.catalog.product.HistoryQuery.FindVersion;
import dev.twofold.catalog.product.HistoryQuery.ListPrices;
import dev.twofold.catalog.product.ProductHistory.Price;
import dev.twofold.postgres.TableAnswer;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.util.UriUtils;

/// Products as they were, over HTTP.
@RestController
@RequestMapping("/products/{id}")
final class ProductHistoryEndpoints {
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    /// The header of RFC 7089 that says as of when an answer is.
    private static final String MEMENTO = "Memento-Datetime";

    private static final WebPage PAGE = new WebPage("product", "product");
    private static final WebPage PRICES = new WebPage("prices", "prices");

    private final QueryBus queries;
    private final RowQuery log;
    private final LogEpoch epoch;

    ProductHistoryEndpoints(QueryBus queries, RowQuery log, LogEpoch epoch) {
        this.queries = queries;
        this.log = log;
        this.epoch = epoch;
    }

    @GetMapping(params = "at", produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<byte[]> at(
            @PathVariable String id,
            HttpServletRequest request,
            Freshness freshness,
            Metadata metadata) {
        return at(id, time(request), freshness, metadata).product.json();
    }

    @GetMapping(params = "at", produces = MediaType.TEXT_HTML_VALUE)
    @Nullable ModelAndView webAt(
            @PathVariable String id,
            ServletWebRequest request,
            Freshness freshness,
            Metadata metadata) {
        Instant time = time(request.getRequest());
        return page(at(id, time, freshness, metadata).product, time, request);
    }

    @GetMapping(
            params = {"version", "!at"},
            produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<byte[]> version(
            @PathVariable String id,
            HttpServletRequest request,
            Freshness freshness,
            Metadata metadata) {
        return version(id, version(request), freshness, metadata).product.json();
    }

    @GetMapping(
            params = {"version", "!at"},
            produces = MediaType.TEXT_HTML_VALUE)
    @Nullable ModelAndView webVersion(
            @PathVariable String id,
            ServletWebRequest request,
            Freshness freshness,
            Metadata metadata) {
        Past found = version(id, version(request.getRequest()), freshness, metadata);
        return page(found.product, found.since, request);
    }

    /// @param next where the prices that follow are; null after the last
    record Prices(List<Price> items, @Nullable String next) {
        Prices {
            items = List.copyOf(items);
        }
    }

    @GetMapping(path = "/prices", produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<byte[]> listPrices(
            @PathVariable String id,
            HttpServletRequest request,
            Freshness freshness,
            Metadata metadata) {
        return prices(id, request, freshness, metadata).json();
    }

    private Shown<Prices> prices(
            String id, HttpServletRequest request, Freshness freshness, Metadata metadata) {
        Parameters parameters = Parameters.of(request, Set.of("limit", "after"));
        int limit = parameters.number("limit", 1, MAX_LIMIT).orElse(DEFAULT_LIMIT);
        epoch.requireLog();
        long after = parameters.text("after").map(text -> position(parameters, text)).orElse(0L);
        TableAnswer.Read<List<Price>> read =
                log.read(
                        freshness,
                        notBefore ->
                                queries.ask(
                                        new ListPrices(id, after, limit + 1, notBefore), metadata));
        if (after == 0 && read.content().isEmpty()) {
            throw missing(id, "there is no product \"%s\"".formatted(id));
        }
        return log.shown(freshness, read, shown(id, read.content(), limit));
    }

    private static Prices shown(String id, List<Price> prices, int limit) {
        if (prices.size() <= limit) {
            return new Prices(prices, null);
        }
        Price last = prices.get(limit - 1);
        return new Prices(
                prices.subList(0, limit),
                "/products/%s/prices?limit=%d&after=%s"
                        .formatted(
                                UriUtils.encodePathSegment(id, StandardCharsets.UTF_8),
                                limit,
                                Cursor.of(Long.toString(last.position()))));
    }

    @GetMapping(path = "/prices", produces = MediaType.TEXT_HTML_VALUE)
    @Nullable ModelAndView webPrices(
            @PathVariable String id,
            ServletWebRequest request,
            Freshness freshness,
            Metadata metadata) {
        ModelAndView page =
                PRICES.show(prices(id, request.getRequest(), freshness, metadata).page(), request);
        return page == null ? null : page.addObject("id", id);
    }

    /// A product as it was.
    private record Past(Shown<ProductPage> product, Instant since) {}

    private Past at(String id, Instant time, Freshness freshness, Metadata metadata) {
        return found(
                freshness,
                notBefore -> queries.ask(new FindAsOf(id, time, notBefore), metadata),
                () -> missing(id, "there was no product \"%s\" at %s".formatted(id, time)));
    }

    private Past version(String id, int version, Freshness freshness, Metadata metadata) {
        return found(
                freshness,
                notBefore -> queries.ask(new FindVersion(id, version, notBefore), metadata),
                () -> missing(id, "product \"%s\" has no version %d".formatted(id, version)));
    }

    private Past found(
            Freshness freshness,
            LongFunction<TableAnswer<Optional<AsOf<ProductPage>>>> query,
            Supplier<Problem> missing) {
        epoch.requireLog();
        TableAnswer.Read<Optional<AsOf<ProductPage>>> read;
        try {
            read = log.read(freshness, query);
        } catch (IllegalArgumentException e) {
            throw Problem.of(
                    HttpStatus.UNPROCESSABLE_CONTENT,
                    "history-too-long",
                    Objects.requireNonNull(e.getMessage()));
        }
        AsOf<ProductPage> found = read.content().orElseThrow(missing);
        String since =
                DateTimeFormatter.RFC_1123_DATE_TIME.format(
                        found.recordedAt().atOffset(ZoneOffset.UTC));
        return new Past(
                log.shown(freshness, read, found.document()).with(MEMENTO, since),
                found.recordedAt());
    }

    private static @Nullable ModelAndView page(
            Shown<ProductPage> found, Instant time, ServletWebRequest request) {
        ModelAndView page = PAGE.show(found.page(), request);
        return page == null ? null : page.addObject("asOf", time);
    }

    private static Problem missing(String id, String text) {
        return Problem.of(HttpStatus.NOT_FOUND, "not-found", text).field("productId", id);
    }

    private static Instant time(HttpServletRequest request) {
        Parameters parameters = Parameters.of(request, Set.of("at"));
        try {
            return OffsetDateTime.parse(parameters.text("at").orElse("")).toInstant();
        } catch (DateTimeException _) {
            throw parameters.invalid("at", "a time such as 2026-11-01T00:00:00Z");
        }
    }

    private static int version(HttpServletRequest request) {
        Parameters parameters = Parameters.of(request, Set.of("version"));
        return parameters
                .number("version", 1, 100_000)
                .orElseThrow(() -> parameters.invalid("version", "a whole number from 1"));
    }

    private static long position(Parameters parameters, String text) {
        List<String> parts = Cursor.parse(text).parts();
        if (parts.size() == 1 && parts.getFirst().matches("[0-9]{1,18}")) {
            return Long.parseLong(parts.getFirst());
        }
        throw parameters.invalid("after", "what a list of prices gave out");
    }
}
