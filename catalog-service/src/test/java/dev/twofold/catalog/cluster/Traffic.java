package dev.twofold.catalog.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twofold.catalog.cluster.Evidence.Command;
import dev.twofold.catalog.cluster.Evidence.Kind;
import dev.twofold.catalog.cluster.Evidence.Read;
import dev.twofold.catalog.cluster.Evidence.State;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Clients of a cluster, which send a steady trickle of commands and queries, whatever becomes of
/// them, and note it.
///
/// A command whose outcome is not known is sent again with its key, to whichever node, until it is.
final class Traffic implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int PRODUCTS = 10;
    private static final int AT_ONCE = 8;
    private static final Duration PACE = Duration.ofMillis(25);
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final List<String> COMMAND_NODES = List.of("command-1", "command-2");
    private static final List<String> QUERY_NODES = List.of("query-log", "query-kafka");
    private static final String FRONT = "front";

    private final Cluster cluster;
    private final Random random;
    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(1))
                    .build();
    private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch stopped = new CountDownLatch(1);

    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicLong clock = new AtomicLong();
    private final List<Command> commands = Collections.synchronizedList(new ArrayList<>());
    private final List<Read> reads = Collections.synchronizedList(new ArrayList<>());
    private final List<String> unexpected = new CopyOnWriteArrayList<>();
    private final Map<String, Token> latest = new ConcurrentHashMap<>();

    private final Map<String, AtomicInteger> commandsUnderWay = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> readsUnderWay = new ConcurrentHashMap<>();
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final AtomicInteger again = new AtomicInteger();
    private final AtomicInteger answeredInFront = new AtomicInteger();
    private final AtomicInteger unanswered = new AtomicInteger();
    private final AtomicLong longest = new AtomicLong();

    private record Token(String text, long position) {
        static Token of(HttpResponse<?> response) {
            String text = response.headers().firstValue("Consistency-Token").orElseThrow();
            String plain = new String(Base64.getUrlDecoder().decode(text), UTF_8);
            return new Token(text, Long.parseLong(plain.substring(plain.indexOf('@') + 1)));
        }

        static Token later(Token one, Token other) {
            return one.position >= other.position ? one : other;
        }
    }

    Traffic(Cluster cluster, long seed) {
        this.cluster = cluster;
        this.random = new Random(seed);
    }

    /// Creates the products, and returns when all are there; the rest goes on until [#drain].
    void start() {
        for (int i = 0; i < PRODUCTS; i++) {
            command(numbers.incrementAndGet(), "p" + i, Kind.CREATE, random.nextLong());
        }
        var _ = pace.scheduleAtFixedRate(this::tick, 0, PACE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Decides here, on one thread, so that a seed leads to the same requests.
    private void tick() {
        String product = "p" + random.nextInt(PRODUCTS);
        Kind kind = random.nextBoolean() ? Kind.PRICE : Kind.STOCK;
        long choice = random.nextLong();
        launch(
                commandsUnderWay,
                first(choice),
                () -> command(numbers.incrementAndGet(), product, kind, choice));
        String other = "p" + random.nextInt(PRODUCTS);
        int number = random.nextInt(3);
        boolean withToken = random.nextInt(10) > 0;
        String node = number == 0 ? FRONT : QUERY_NODES.get(number - 1);
        launch(readsUnderWay, node, () -> read(node, other, withToken));
    }

    /// Unless there are many already that wait for the node: one that says nothing does not keep
    /// clients from the others.
    private void launch(Map<String, AtomicInteger> underWay, String node, Runnable request) {
        AtomicInteger there = underWay.computeIfAbsent(node, _ -> new AtomicInteger());
        if (there.get() < AT_ONCE) {
            there.incrementAndGet();
            clients.execute(
                    () -> {
                        request.run();
                        there.decrementAndGet();
                    });
        }
    }

    /// Most go through the front, some to a node itself.
    private static String first(long seed) {
        return next(new Random(seed));
    }

    private static String next(Random choice) {
        return choice.nextInt(4) > 0 ? FRONT : COMMAND_NODES.get(choice.nextInt(2));
    }

    private static int sum(Map<String, AtomicInteger> underWay) {
        return underWay.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    private void command(int number, String product, Kind kind, long seed) {
        Random choice = new Random(seed);
        long began = clock.incrementAndGet();
        long start = System.nanoTime();
        Optional<Token> token = untilKnown(number, product, kind, choice);
        long ended = clock.incrementAndGet();
        longest.accumulateAndGet(System.nanoTime() - start, Math::max);
        token.ifPresent(one -> latest.merge(product, one, Token::later));
        Optional<Token> repeated =
                token.isPresent() && choice.nextInt(10) == 0
                        ? untilKnown(number, product, kind, choice)
                        : Optional.empty();
        commands.add(
                new Command(
                        number,
                        product,
                        kind,
                        began,
                        ended,
                        token.map(Token::position).orElse(0L),
                        repeated.map(Token::position).orElse(0L)));
        if (token.isPresent()) {
            acknowledged.incrementAndGet();
        }
    }

    /// Sends a command until there is an answer that tells its outcome; empty if there was none
    /// until the end, or one that none should have been.
    private Optional<Token> untilKnown(int number, String product, Kind kind, Random choice) {
        try {
            do {
                // most through the front, some at a node itself
                String node = choice.nextInt(4) > 0 ? FRONT : COMMAND_NODES.get(choice.nextInt(2));
                Optional<URI> address = address(node);
                if (address.isPresent()) {
                    Optional<Token> token = send(address.get(), number, product, kind);
                    if (token.isPresent()) {
                        return token;
                    }
                }
                again.incrementAndGet();
            } while (unexpected.isEmpty()
                    && !stopped.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }

    /// Sends a command once; empty if it did not come to an outcome.
    private Optional<Token> send(URI node, int number, String product, Kind kind)
            throws InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(node.resolve(path(product, kind)))
                        .timeout(PATIENCE)
                        .header("Content-Type", "application/json")
                        .header("Idempotency-Key", "command-" + number)
                        .POST(BodyPublishers.ofString(body(number, product, kind)))
                        .build();
        try {
            HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
            if (answer.statusCode() == 202) {
                return Optional.of(Token.of(answer));
            }
            expectUnavailable(node, request, answer);
        } catch (IOException _) {
            // whether it took effect is not known
        }
        return Optional.empty();
    }

    private static String path(String product, Kind kind) {
        return switch (kind) {
            case CREATE -> "/products";
            case PRICE -> "/products/%s/price".formatted(product);
            case STOCK -> "/products/%s/stock".formatted(product);
        };
    }

    private static String body(int number, String product, Kind kind) {
        return switch (kind) {
            case CREATE ->
                    """
                    {"productId": "%s", "sku": "SKU-%s", "name": "Product", "price": %d,
                     "currency": "EUR", "stock": %d}
                    """
                            .formatted(product, product, number, Evidence.FIRST_STOCK);
            case PRICE -> "{\"price\": %d, \"currency\": \"EUR\"}".formatted(number);
            case STOCK -> "{\"by\": %d}".formatted(number);
        };
    }

    private void read(String node, String product, boolean withToken) {
        Token token = withToken ? latest.get(product) : null;
        Optional<URI> address = address(node);
        if (address.isEmpty()) {
            return;
        }
        HttpRequest.Builder request =
                HttpRequest.newBuilder(address.get().resolve("/products/" + product))
                        .timeout(PATIENCE);
        if (token != null) {
            request.header("Consistency-Token", token.text).header("Prefer", "wait=1");
        }
        try {
            HttpRequest query = request.build();
            HttpResponse<String> answer = client.send(query, BodyHandlers.ofString());
            if (answer.statusCode() != 200 && answer.statusCode() != 404) {
                unanswered.incrementAndGet();
                expectUnavailable(address.get(), query, answer);
                return;
            }
            State seen = answer.statusCode() == 404 ? null : state(answer);
            reads.add(new Read(node, product, token == null ? 0 : token.position, seen));
            if (seen != null) { // whoever goes on elsewhere takes along what was seen here
                latest.merge(product, Token.of(answer), Token::later);
            }
            if (node.equals(FRONT)) {
                answeredInFront.incrementAndGet();
            }
        } catch (IOException _) {
            unanswered.incrementAndGet();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static State state(HttpResponse<String> page) {
        JsonNode json = JSON.readTree(page.body());
        return new State(
                json.path("version").longValue(),
                json.path("price").intValue(),
                json.path("stock").intValue());
    }

    /// While something is away, nothing but that may be said.
    private void expectUnavailable(URI node, HttpRequest request, HttpResponse<String> answer) {
        int status = answer.statusCode();
        if (status != 502 && status != 503) {
            unexpected.add(
                    "%s %s at %s: %d %s"
                            .formatted(
                                    request.method(), request.uri(), node, status, answer.body()));
        }
    }

    private Optional<URI> address(String node) {
        return node.equals(FRONT) ? Optional.of(cluster.address()) : cluster.address(node);
    }

    /// Whether a node takes a command by itself, and query nodes then show what it did.
    ///
    /// @param node a command node
    boolean reaches(String node) throws InterruptedException {
        int number = numbers.incrementAndGet();
        String product = "p" + number % PRODUCTS;
        Optional<URI> address = cluster.address(node);
        if (address.isEmpty()) {
            return false;
        }
        long began = clock.incrementAndGet();
        Optional<Token> token = send(address.get(), number, product, Kind.PRICE);
        long ended = clock.incrementAndGet();
        long position = token.map(Token::position).orElse(0L);
        commands.add(new Command(number, product, Kind.PRICE, began, ended, position, 0));
        return token.isPresent() && shows(product, token.get());
    }

    private boolean shows(String product, Token token) throws InterruptedException {
        for (String node : List.of("query-log", "query-kafka", FRONT)) {
            if (page(node, product, token.text).isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /// The page of a product as of a token; empty if it is not there soon.
    Optional<State> page(String node, String product, String token) throws InterruptedException {
        Optional<URI> address = address(node);
        if (address.isEmpty()) {
            return Optional.empty();
        }
        HttpRequest request =
                HttpRequest.newBuilder(address.get().resolve("/products/" + product))
                        .timeout(PATIENCE)
                        .header("Consistency-Token", token)
                        .header("Prefer", "wait=5")
                        .build();
        try {
            HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
            return answer.statusCode() == 200 ? Optional.of(state(answer)) : Optional.empty();
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    /// Sends nothing new, and returns when the outcome of all that was sent is known.
    void drain() throws InterruptedException {
        pace.shutdownNow();
        Await.until(
                "all outcomes are known", () -> sum(commandsUnderWay) + sum(readsUnderWay) == 0);
    }

    int acknowledged() {
        return acknowledged.get();
    }

    int answeredInFront() {
        return answeredInFront.get();
    }

    int commandsUnderWay() {
        return sum(commandsUnderWay);
    }

    List<Command> commands() {
        return List.copyOf(commands);
    }

    List<Read> reads() {
        return List.copyOf(reads);
    }

    List<String> products() {
        return List.copyOf(latest.keySet());
    }

    /// The last of all tokens.
    String token() {
        return latest.values().stream().reduce(Token::later).orElseThrow().text;
    }

    /// Answers that are neither what was asked for nor that it cannot be done now.
    List<String> unexpected() {
        return unexpected;
    }

    /// What was counted since the last time, for people.
    String summary() {
        return "%d acknowledged, %d sent again, longest %.1f s; %d answered in front, %d not"
                .formatted(
                        acknowledged.get(),
                        again.getAndSet(0),
                        longest.getAndSet(0) / 1e9,
                        answeredInFront.get(),
                        unanswered.getAndSet(0));
    }

    @Override
    public void close() {
        stopped.countDown();
        pace.shutdownNow();
        clients.shutdownNow();
        client.shutdownNow();
    }
}
