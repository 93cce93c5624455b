package dev.twofold.catalog.product;

import dev.twofold.LiveView.AsOf;
import dev.twofold.catalog.http.Cursor;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.catalog.http.Parameters;
import dev.twofold.catalog.http.Problem;
import dev.twofold.catalog.product.ProductHistory.Price;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
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

    private final ProductHistory history;
    private final LogEpoch epoch;

    ProductHistoryEndpoints(ProductHistory history, LogEpoch epoch) {
        this.history = history;
        this.epoch = epoch;
    }

    @GetMapping(params = "at", produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<ProductPage> at(@PathVariable String id, HttpServletRequest request) {
        return answer(at(id, time(request)));
    }

    @GetMapping(params = "at", produces = MediaType.TEXT_HTML_VALUE)
    ModelAndView webAt(@PathVariable String id, HttpServletRequest request) {
        Instant time = time(request);
        return page(at(id, time), time);
    }

    @GetMapping(
            params = {"version", "!at"},
            produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<ProductPage> version(@PathVariable String id, HttpServletRequest request) {
        return answer(version(id, version(request)));
    }

    @GetMapping(
            params = {"version", "!at"},
            produces = MediaType.TEXT_HTML_VALUE)
    ModelAndView webVersion(@PathVariable String id, HttpServletRequest request) {
        AsOf<ProductPage> found = version(id, version(request));
        return page(found, found.recordedAt());
    }

    /// @param next where the prices that follow are; null after the last
    record Prices(List<Price> items, @Nullable String next) {
        Prices {
            items = List.copyOf(items);
        }
    }

    @GetMapping(path = "/prices", produces = MediaType.APPLICATION_JSON_VALUE)
    Prices prices(@PathVariable String id, HttpServletRequest request) {
        Parameters parameters = Parameters.of(request, Set.of("limit", "after"));
        int limit = parameters.number("limit", 1, MAX_LIMIT).orElse(DEFAULT_LIMIT);
        epoch.requireLog();
        long after = parameters.text("after").map(text -> position(parameters, text)).orElse(0L);
        List<Price> prices = history.prices(id, after, limit + 1);
        if (prices.isEmpty() && after == 0) {
            throw missing(id, "there is no product \"%s\"".formatted(id));
        }
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
    ModelAndView webPrices(@PathVariable String id, HttpServletRequest request) {
        return new ModelAndView("prices", "prices", prices(id, request)).addObject("id", id);
    }

    private AsOf<ProductPage> at(String id, Instant time) {
        return found(() -> history.at(id, time))
                .orElseThrow(
                        () -> missing(id, "there was no product \"%s\" at %s".formatted(id, time)));
    }

    private AsOf<ProductPage> version(String id, int version) {
        return found(() -> history.version(id, version))
                .orElseThrow(
                        () ->
                                missing(
                                        id,
                                        "product \"%s\" has no version %d".formatted(id, version)));
    }

    private Optional<AsOf<ProductPage>> found(Supplier<Optional<AsOf<ProductPage>>> look) {
        epoch.requireLog();
        try {
            return look.get();
        } catch (IllegalArgumentException e) {
            throw Problem.of(
                    HttpStatus.UNPROCESSABLE_CONTENT,
                    "history-too-long",
                    Objects.requireNonNull(e.getMessage()));
        }
    }

    private static ResponseEntity<ProductPage> answer(AsOf<ProductPage> found) {
        return ResponseEntity.ok()
                .cacheControl(CacheControl.noCache())
                .header(
                        MEMENTO,
                        DateTimeFormatter.RFC_1123_DATE_TIME.format(
                                found.recordedAt().atOffset(ZoneOffset.UTC)))
                .body(found.document());
    }

    private static ModelAndView page(AsOf<ProductPage> found, Instant time) {
        return new ModelAndView("product", "product", found.document()).addObject("asOf", time);
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
