package dev.twofold.cluster;

import dev.twofold.cluster.History.Acknowledged;
import dev.twofold.cluster.History.Answer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Those who use a cluster, as fast as it answers: some write, each to products of its own, and
/// send a command again with the same key until they know what became of it; some read what the
/// others wrote, with the token that those got.
final class Callers implements AutoCloseable {
    private static final int WRITERS = 3;
    private static final int READERS = 3;
    private static final int PRODUCTS = 4;
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI address;
    private final History history;
    private final List<Thread> threads = new ArrayList<>();
    private final List<Product> products = new ArrayList<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    final AtomicLong commands = new AtomicLong();
    final AtomicLong queries = new AtomicLong();
    final AtomicLong failures = new AtomicLong();

    /// @param seed of what readers look at
    Callers(URI address, History history, long seed) {
        this.address = address;
        this.history = history;
        for (int writer = 0; writer < WRITERS; writer++) {
            List<Product> own = new ArrayList<>();
            for (int i = 0; i < PRODUCTS; i++) {
                own.add(new Product("chaos-%d-%d".formatted(writer, i)));
            }
            products.addAll(own);
            run("writer-" + writer, () -> write(own));
        }
        for (int reader = 0; reader < READERS; reader++) {
            Random random = new Random(seed + reader);
            run("reader-" + reader, () -> read(random));
        }
        threads.forEach(Thread::start);
    }

    /// Something that is waited for.
    interface Condition {
        boolean holds() throws InterruptedException;
    }

    private interface Work {
        void run() throws Exception;
    }

    /// What its caller knows of a product.
    private static final class Product {
        private final String id;
        private final AtomicInteger sent = new AtomicInteger();
        private volatile @Nullable Known known;

        private Product(String id) {
            this.id = id;
        }

        private record Known(int price, String token) {}
    }

    private void run(String name, Work work) {
        threads.add(
                Thread.ofVirtual()
                        .name(name)
                        .unstarted(
                                () -> {
                                    try {
                                        work.run();
                                    } catch (Exception | AssertionError e) {
                                        failure.compareAndSet(null, e);
                                    }
                                }));
    }

    private boolean goesOn() {
        return stopped.getCount() > 0;
    }

    private void write(List<Product> own) throws InterruptedException {
        for (Product product : own) {
            send(
                    product,
                    1,
                    "/products",
                    """
                    {"productId": "%s", "sku": "%s", "name": "Product", "price": 1, "currency": "EUR"}
                    """
                            .formatted(product.id, product.id));
        }
        for (int price = 2; goesOn(); price++) {
            for (Product product : own) {
                send(
                        product,
                        price,
                        "/products/%s/price".formatted(product.id),
                        "{\"price\": %d, \"currency\": \"EUR\"}".formatted(price));
            }
        }
    }

    /// Sends a command until it is known to have taken effect, or all is over.
    private void send(Product product, int price, String path, String body)
            throws InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(address.resolve(path))
                        .timeout(Duration.ofSeconds(20))
                        .header("Content-Type", "application/json")
                        .header("Idempotency-Key", "%s-%d".formatted(product.id, price))
                        .POST(BodyPublishers.ofString(body))
                        .build();
        product.sent.set(price);
        do {
            try {
                HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
                if (answer.statusCode() < 300) {
                    String token = answer.headers().firstValue("Consistency-Token").orElseThrow();
                    history.acknowledged().add(new Acknowledged(product.id, price));
                    product.known = new Product.Known(price, token);
                    commands.incrementAndGet();
                    return;
                }
                if (answer.statusCode() < 500 && answer.statusCode() != 409) {
                    throw new AssertionError("a command was refused: " + answer.body());
                }
            } catch (IOException _) {
                // nobody knows what became of it
            }
            failures.incrementAndGet();
        } while (goesOn());
    }

    private void read(Random random) throws InterruptedException {
        while (goesOn()) {
            Product product = products.get(random.nextInt(products.size()));
            Product.Known known = product.known;
            if (known == null) {
                var _ = stopped.await(20, TimeUnit.MILLISECONDS);
                continue;
            }
            HttpRequest request =
                    HttpRequest.newBuilder(address.resolve("/products/" + product.id))
                            .timeout(Duration.ofSeconds(20))
                            .header("Consistency-Token", known.token)
                            .header("Prefer", "wait=2")
                            .build();
            try {
                HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
                if (answer.statusCode() == 200) {
                    int price = JSON.readTree(answer.body()).path("price").intValue();
                    history.answers()
                            .add(new Answer(product.id, known.price, price, product.sent.get()));
                    queries.incrementAndGet();
                } else if (answer.statusCode() < 500) {
                    throw new AssertionError("a query was refused: " + answer.body());
                } else {
                    failures.incrementAndGet();
                }
            } catch (IOException _) {
                failures.incrementAndGet();
            }
        }
    }

    /// What callers do that is waited for.
    interface Progress {
        void of(Callers callers) throws InterruptedException;
    }

    /// Waits until commands and queries have taken effect.
    void goOn() throws InterruptedException {
        awaitMore("commands", commands, 10);
        awaitMore("queries", queries, 10);
    }

    /// Waits until something has failed.
    void fail() throws InterruptedException {
        awaitMore("a failure", failures, 1);
    }

    /// Waits until there is as much more of something.
    void awaitMore(String what, AtomicLong count, int more) throws InterruptedException {
        long wanted = count.get() + more;
        await(what, () -> count.get() >= wanted);
    }

    /// Waits for something, and fails if a caller did.
    void await(String what, Condition condition) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        while (!condition.holds()) {
            Throwable cause = failure.get();
            if (cause != null) {
                throw new AssertionError("a caller met what it should not", cause);
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited in vain for " + what);
            }
            var _ = stopped.await(20, TimeUnit.MILLISECONDS);
        }
    }

    /// The products, with the price that each has in the end, once all callers have ended.
    List<Acknowledged> end() throws InterruptedException {
        stopped.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        await("nothing", () -> true);
        return products.stream()
                .map(product -> new Acknowledged(product.id, product.sent.get()))
                .toList();
    }

    @Override
    public void close() {
        stopped.countDown();
        client.shutdownNow();
    }
}
