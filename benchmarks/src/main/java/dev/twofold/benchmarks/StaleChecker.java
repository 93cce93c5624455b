package dev.twofold.benchmarks;

import dev.twofold.benchmarks.HttpConnection.Answer;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Changes prices, each to a higher one than before, and reads products with the token of a change
/// that was acknowledged: an answer with a lower price than that change's is stale.
///
/// Safe for use by many threads.
final class StaleChecker {
    private static final Pattern PRICE = Pattern.compile("\"price\":([0-9.]+)");

    private final HttpService service;
    private final List<String> products;
    private final Map<String, Change> acknowledged = new ConcurrentHashMap<>();
    private final AtomicLong price;
    private final AtomicLong changes = new AtomicLong();
    private final AtomicLong reads = new AtomicLong();
    private final AtomicLong stale = new AtomicLong();
    private final AtomicLong behind = new AtomicLong();

    /// @param token null from a service that gives out none
    private record Change(BigDecimal price, @Nullable String token) {}

    /// @param products the addresses of those that are changed and read
    /// @param price the last that was given to any product, by whichever checker: services that
    ///   share products must not see a price fall
    StaleChecker(HttpService service, List<String> products, AtomicLong price) {
        this.service = service;
        this.price = price;
        this.products = products;
    }

    /// Changes one product, and reads it as soon as that is acknowledged.
    ///
    /// @throws IllegalStateException if the change is refused
    void changeAndRead() {
        String product = change();
        read(product);
    }

    /// Reads one of those that were changed, if there are any yet.
    void read() {
        List<String> changed = List.copyOf(acknowledged.keySet());
        if (!changed.isEmpty()) {
            read(changed.get(ThreadLocalRandom.current().nextInt(changed.size())));
        }
    }

    /// One change at a time, so that prices are acknowledged in their order.
    private synchronized String change() {
        String product = products.get(ThreadLocalRandom.current().nextInt(products.size()));
        long next = price.incrementAndGet();
        Answer answer =
                service.post(
                        product + "/price", "{\"price\":%d,\"currency\":\"EUR\"}".formatted(next));
        if (answer.status() / 100 != 2) {
            throw new IllegalStateException(
                    "a price was refused: %d %s".formatted(answer.status(), answer.text()));
        }
        acknowledged.put(
                product,
                new Change(BigDecimal.valueOf(next), answer.headers().get("consistency-token")));
        changes.incrementAndGet();
        return product;
    }

    private void read(String product) {
        Change change = acknowledged.get(product); // before the read: a later one may be missed
        Map<String, String> headers = new HashMap<>();
        if (change != null && change.token != null) {
            headers.put("Consistency-Token", change.token);
            headers.put("Prefer", "wait=5");
        }
        Answer answer = service.get(product, headers);
        Matcher found = PRICE.matcher(answer.text());
        if (answer.status() == 503) {
            behind.incrementAndGet(); // said, and not hidden
        } else if (answer.status() != 200 || !found.find()) {
            throw new IllegalStateException(
                    "a read of %s led to %d: %s"
                            .formatted(product, answer.status(), answer.text()));
        } else if (change != null && new BigDecimal(found.group(1)).compareTo(change.price) < 0) {
            stale.incrementAndGet();
        }
        reads.incrementAndGet();
    }

    long changes() {
        return changes.get();
    }

    long reads() {
        return reads.get();
    }

    /// How many answers were older than what was asked for.
    long stale() {
        return stale.get();
    }

    /// How many answers were that there is none as new as asked for.
    long behind() {
        return behind.get();
    }
}
