package dev.twofold.benchmarks;

import dev.twofold.postgres.PostgresLog;
import dev.twofold.testkit.TestReplicas;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.ToDoubleFunction;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import redis.embedded.RedisServer;

/// Queries over HTTP: of the catalog, by its near cache, Redis and its read model alone, on the
/// primary and on a replica, and of a shop on tables, by SQL and by Spring Data JPA; and beside
/// them files from nginx.
@Command(name = "reads", showDefaultValues = true, mixinStandardHelpOptions = true)
final class ReadsBenchmark implements Runnable {
    private static final int HOT = 1_000;

    /// The part of what a contender can answer that it is asked for in the mixed load. With more,
    /// an open loop on the same two processors measures its own queue.
    private static final double SHARE = 0.3;

    /// Changes a second until a contender is measured: enough that those measured are not the first
    /// ones, whose code the service has yet to load and compile.
    private static final int FIRST_CHANGES = 30;

    private static final String ANSWERED = "twofold_reads_total\\{outcome=\"answered\".*}";
    private static final String PRIMARY =
            "twofold_reads_total\\{outcome=\"answered\",source=\"primary\"}";

    @Option(names = "--products", defaultValue = "200000")
    private int products;

    @Option(names = "--reviews", defaultValue = "2000000")
    private int reviews;

    @Option(names = "--rounds", defaultValue = "3")
    private int rounds;

    @Option(names = "--time", defaultValue = "PT5S", description = "of each round")
    private Duration time = Duration.ZERO;

    @Option(
            names = "--warm-up",
            defaultValue = "PT10S",
            description = "of each contender for each question")
    private Duration warmUp = Duration.ZERO;

    @Option(names = "--connections", defaultValue = "16")
    private int connections;

    @Option(
            names = "--rate",
            defaultValue = "1000",
            description =
                    "of reads a second in the mixed load, with a write for each thousand; less for"
                            + " contenders of which it is more than they answer in three tenths of"
                            + " the time")
    private int rate;

    @Option(
            names = "--checks",
            defaultValue = "100",
            description = "reads with the token of a write, a second, in the mixed load")
    private int checks;

    @Option(
            names = "--questions",
            split = ",",
            defaultValue = "HOT,POPULAR,LISTING,SEARCH,MIXED",
            description = "of ${COMPLETION-CANDIDATES}")
    private List<Question> questions = List.of();

    @Option(
            names = "--contenders",
            split = ";",
            defaultValue = "",
            description = "all whose names start with one of these, separated by ;")
    private List<String> names = List.of();

    @Option(
            names = "--catalog",
            defaultValue = "catalog-service/target/catalog.jar",
            description = "the packed catalog")
    private Path catalog = Path.of("catalog.jar");

    @Spec private CommandSpec spec = CommandSpec.create();

    private final PrintStream out;
    private final Wrk wrk = new Wrk();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    ReadsBenchmark(PrintStream out) {
        this.out = out;
    }

    static void main(String[] args) {
        Logger.getLogger("").setLevel(Level.WARNING);
        System.exit(new CommandLine(new ReadsBenchmark(System.out)).execute(args));
    }

    /// What is asked.
    enum Question {
        HOT(
                "The pages of 1,000 products, with 10 reviews or so each",
                "20 times naive JPA, and 0.8 times nginx"),
        POPULAR("The pages of products with 5,000 reviews", "20 times naive JPA"),
        LISTING("The 20 best rated products in stock of a category", "25 times five joins"),
        SEARCH("The 20 products that match two words best", "6 times five joins"),
        MIXED(
                "Pages of 1,000 products, while prices change",
                "the near cache's p99 at most 3 times its idle p50, and no stale answer");

        final String title;
        final String aim;

        Question(String title, String aim) {
            this.title = title;
            this.aim = aim;
        }
    }

    private record Contender(String name, HttpService service, Set<Question> questions) {}

    @Override
    public void run() {
        if (!Files.isRegularFile(catalog)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "there is no catalog at %s; pack it by: mvn package -DskipTests"
                            .formatted(catalog.toAbsolutePath()));
        }
        try (Server server = new Server()) {
            try {
                run(server);
            } finally {
                while (!open.isEmpty()) {
                    close(open.pop());
                }
            }
        }
    }

    private void run(Server server) {
        ShopData data = new ShopData(products, reviews);
        PostgresLog.migrate(server.pool());
        data.fill(server.pool());
        out.print(server.description());
        out.printf(
                "%,d products, %,d reviews, %d products with %,d reviews each or more%n",
                products, reviews, data.popular(), ShopData.REVIEWS_OF_POPULAR);
        out.printf(
                "throughput by %s over %d connections, latency of the mixed load by an open loop%n",
                wrk.description(), connections);
        List<Contender> contenders = contenders(server, data);
        for (Question question : questions) {
            List<String> paths = paths(question, data);
            List<Contender> asked =
                    contenders.stream()
                            .filter(one -> one.questions.contains(question))
                            .filter(one -> answers(one, paths))
                            .toList();
            if (!asked.isEmpty()) {
                out.printf("%n### %s%n%nAim: %s.%n%n", question.title, question.aim);
                if (question == Question.MIXED) {
                    mixed(asked, paths);
                } else {
                    compare(asked, paths);
                }
            }
        }
        printSources(contenders);
    }

    /// Where the answers of each catalog came from: one without its Redis or its replica answers as
    /// well, but is no longer what is compared.
    private void printSources(List<Contender> contenders) {
        out.printf("%n### Where the answers came from%n%n");
        out.println(
                "| contender | pages from memory | from Redis | reads of the primary | of replicas"
                        + " |");
        out.println("| --- | --- | --- | --- | --- |");
        for (Contender contender : contenders) {
            if (contender.name.startsWith("Twofold")) {
                String metrics = contender.service.read("/actuator/prometheus").text();
                out.printf(
                        "| %s | %.0f | %.0f | %.0f | %.0f |%n",
                        contender.name,
                        sum(metrics, "twofold_cache_answers_total\\{found=\"near\".*}"),
                        sum(metrics, "twofold_cache_answers_total\\{found=\"far\".*}"),
                        sum(metrics, PRIMARY),
                        sum(metrics, ANSWERED) - sum(metrics, PRIMARY));
            }
        }
    }

    private static double sum(String metrics, String line) {
        return Pattern.compile("^%s (\\S+)$".formatted(line), Pattern.MULTILINE)
                .matcher(metrics)
                .results()
                .mapToDouble(found -> Double.parseDouble(found.group(1)))
                .sum();
    }

    /// Those that are wanted, started.
    private List<Contender> contenders(Server server, ShopData data) {
        Set<Question> pages = Set.of(Question.HOT, Question.POPULAR, Question.MIXED);
        Set<Question> all = Set.of(Question.values());
        List<Contender> contenders = new ArrayList<>();
        String near = "Twofold, near cache";
        if (isWanted(near)) {
            contenders.add(new Contender(near, startCatalog(server), pages));
        }
        String redis = "Twofold, Redis";
        if (isWanted(redis)) {
            String uri = startRedis();
            contenders.add(
                    new Contender(
                            redis,
                            startCatalog(server, "--redis", uri, "--set", "catalog.cache=0B"),
                            pages));
        }
        String readModel = "Twofold, read model";
        if (isWanted(readModel)) {
            contenders.add(
                    new Contender(
                            readModel, startCatalog(server, "--set", "catalog.cache=0B"), all));
        }
        String replica = "Twofold, read model on a replica";
        if (isWanted(replica)) {
            TestReplicas replicas = server.replica();
            open.push(replicas);
            contenders.add(
                    new Contender(
                            replica,
                            startCatalog(
                                    server,
                                    "--replica",
                                    replicas.replicas().getFirst().url("postgres"),
                                    "--set",
                                    "catalog.cache=0B"),
                            all));
        }
        Map<String, String> shops = new LinkedHashMap<>();
        shops.put("SQL, five joins", "jdbc");
        shops.put("Spring Data JPA, naive", "jpa-naive");
        shops.put("Spring Data JPA, fetch joins", "jpa-fetch");
        shops.forEach(
                (name, kind) -> {
                    if (isWanted(name)) {
                        contenders.add(new Contender(name, startShop(server, kind), all));
                    }
                });
        if (isWanted("nginx")) {
            Nginx.find()
                    .ifPresentOrElse(
                            nginx -> {
                                open.push(nginx);
                                fill(nginx, contenders.getFirst().service, hot(data));
                                contenders.add(
                                        new Contender(
                                                "nginx, files",
                                                nginx.service(),
                                                Set.of(Question.HOT)));
                            },
                            () -> out.println("without nginx, which is not installed"));
        }
        return contenders;
    }

    private boolean isWanted(String contender) {
        return names.stream().anyMatch(contender::startsWith);
    }

    /// The first one makes the read models; the others find them.
    private HttpService startCatalog(Server server, String... options) {
        long begin = System.nanoTime();
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("-jar", catalog.toAbsolutePath().toString(), "--port", "0"));
        arguments.addAll(List.of("--data", folder(), "--database-url", server.url()));
        arguments.addAll(List.of(options));
        HttpService service = start(arguments);
        if (open.size() == 1) {
            out.printf(
                    "the read models were made from the log in %.0f s%n",
                    (System.nanoTime() - begin) / 1e9);
        }
        return service;
    }

    private HttpService startShop(Server server, String kind) {
        return start(
                List.of(
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.twofold.benchmarks.shop.ShopService",
                        server.url(),
                        kind));
    }

    private HttpService start(List<String> arguments) {
        ServiceProcess process = ServiceProcess.start(arguments);
        open.push(process);
        return process.service();
    }

    private String startRedis() {
        try {
            int port = Nginx.freePort();
            RedisServer redis =
                    RedisServer.newRedisServer().port(port).setting("save \"\"").build();
            redis.start();
            open.push(redis::stop);
            return "redis://127.0.0.1:" + port;
        } catch (IOException e) {
            throw new UncheckedIOException("Redis did not start", e);
        }
    }

    private static String folder() {
        try {
            return Files.createTempDirectory("catalog").toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void fill(Nginx nginx, HttpService from, List<String> paths) {
        paths.forEach(path -> nginx.put(path, from.read(path).text()));
    }

    /// Not those with thousands of reviews.
    private static List<String> hot(ShopData data) {
        int first = data.popular() + 1;
        int last = Math.min(data.products(), data.popular() + HOT);
        return IntStream.rangeClosed(first, last)
                .mapToObj(n -> "/products/" + ShopData.product(n))
                .toList();
    }

    private static List<String> paths(Question question, ShopData data) {
        return switch (question) {
            case HOT, MIXED -> hot(data);
            case POPULAR ->
                    IntStream.rangeClosed(1, data.popular())
                            .mapToObj(n -> "/products/" + ShopData.product(n))
                            .toList();
            case LISTING ->
                    ShopData.categories().stream()
                            .map(
                                    category ->
                                            "/products?category=%s&inStock=true&sort=rating&limit=20"
                                                    .formatted(category))
                            .toList();
            case SEARCH ->
                    ShopData.searches().stream()
                            .map(
                                    words ->
                                            "/search?limit=20&facets=false&q="
                                                    + words.replace(' ', '+'))
                            .toList();
        };
    }

    /// Not everybody has a search.
    private boolean answers(Contender contender, List<String> paths) {
        int status = contender.service.get(paths.getFirst(), Map.of()).status();
        if (status != 200) {
            out.printf("%n%s has no answer to %s: %d%n", contender.name, paths.getFirst(), status);
        }
        return status == 200;
    }

    private void compare(List<Contender> contenders, List<String> paths) {
        Map<String, List<Wrk.Result>> results = new LinkedHashMap<>();
        for (Contender contender : contenders) {
            if (warmUp.isPositive()) {
                wrk.run(contender.service, paths, connections, warmUp);
            }
        }
        for (int round = 0; round < rounds; round++) {
            for (Contender contender : contenders) {
                results.computeIfAbsent(contender.name, _ -> new ArrayList<>())
                        .add(wrk.run(contender.service, paths, connections, time));
            }
        }
        out.println("| contender | Twofold's first ÷ it | requests/s | p50 ms | p99 ms |");
        out.println("| --- | --- | --- | --- | --- |");
        List<Wrk.Result> first = results.values().iterator().next();
        results.forEach(
                (name, each) ->
                        out.printf(
                                "| %s | %.2f | %,.0f | %.2f | %.2f |%n",
                                name,
                                ratio(first, each),
                                median(each, Wrk.Result::perSecond),
                                median(each, Wrk.Result::p50),
                                median(each, Wrk.Result::p99)));
    }

    /// Of throughput, the median of the ratios within each round.
    private static double ratio(List<Wrk.Result> some, List<Wrk.Result> others) {
        return middle(
                IntStream.range(0, some.size())
                        .mapToObj(i -> some.get(i).perSecond() / others.get(i).perSecond())
                        .toList());
    }

    private void mixed(List<Contender> contenders, List<String> paths) {
        HttpService first = contenders.getFirst().service;
        paths.forEach(first::read);
        OpenLoop idle = OpenLoop.run(until(time), reads(first, paths, Math.max(1, rate / 20)));
        double base = idle.millis(50);
        out.printf(
                "%s, idle (%d reads a second): p50 %.2f ms%n%n",
                contenders.getFirst().name, Math.max(1, rate / 20), base);
        out.println(
                "| contender | p99 ÷ that p50 | reads/s | p50 ms | p99 ms | began late, p99 ms |"
                        + " changes | reads with a token | stale | said to be behind |");
        out.println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        AtomicLong price = new AtomicLong(1_000);
        List<Mixed> all = new ArrayList<>();
        for (Contender contender : contenders) {
            StaleChecker checker = new StaleChecker(contender.service, paths, price);
            mixed(contender, checker, paths, rate / 4, FIRST_CHANGES, warmUp);
            all.add(new Mixed(contender, checker, rate(contender, paths), new ArrayList<>()));
        }
        for (int round = 0; round < rounds; round++) {
            for (Mixed one : all) {
                one.loads.add(
                        mixed(one.contender, one.checker, paths, one.rate, one.rate / 1_000, time));
            }
        }
        all.forEach(one -> print(one, base));
    }

    /// @param rate of reads a second
    private record Mixed(
            Contender contender, StaleChecker checker, int rate, List<OpenLoop> loads) {}

    /// How many reads a second, by what it answers to as many callers as there are connections, of
    /// the same kind as in the mixed load.
    private int rate(Contender contender, List<String> paths) {
        Runnable read = reads(contender.service, paths, rate).run();
        double most = Load.during(time, connections, read).perSecond();
        return (int) Math.max(1, Math.min(rate, most * SHARE));
    }

    private OpenLoop mixed(
            Contender contender,
            StaleChecker checker,
            List<String> paths,
            int reads,
            int changes,
            Duration length) {
        return OpenLoop.run(
                until(length),
                reads(contender.service, paths, Math.max(1, reads)),
                new OpenLoop.Call(Math.max(1, changes), checker::changeAndRead, false),
                new OpenLoop.Call(checks, checker::read, false));
    }

    /// @throws IllegalStateException if an answer was stale
    private void print(Mixed one, double base) {
        StaleChecker checker = one.checker;
        double p99 = median(one.loads, load -> load.millis(99));
        out.printf(
                "| %s | %.2f | %d | %.2f | %.2f | %.2f | %d | %d | %d | %d |%n",
                one.contender.name,
                p99 / base,
                one.rate,
                median(one.loads, load -> load.millis(50)),
                p99,
                median(one.loads, load -> load.millisLate(99)),
                checker.changes(),
                checker.reads(),
                checker.stale(),
                checker.behind());
        if (checker.stale() > 0) {
            throw new IllegalStateException(
                    "%s gave %d answers older than their token"
                            .formatted(one.contender.name, checker.stale()));
        }
    }

    private static OpenLoop.Call reads(HttpService service, List<String> paths, int perSecond) {
        return new OpenLoop.Call(
                perSecond,
                () -> service.read(paths.get(ThreadLocalRandom.current().nextInt(paths.size()))),
                true);
    }

    private static BooleanSupplier until(Duration length) {
        long end = System.nanoTime() + length.toNanos();
        return () -> System.nanoTime() < end;
    }

    private static <T> double median(List<T> rounds, ToDoubleFunction<T> value) {
        return middle(rounds.stream().map(value::applyAsDouble).toList());
    }

    private static double middle(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }

    private static void close(AutoCloseable one) {
        try {
            one.close();
        } catch (Exception e) {
            throw new IllegalStateException("a contender did not stop", e);
        }
    }
}
