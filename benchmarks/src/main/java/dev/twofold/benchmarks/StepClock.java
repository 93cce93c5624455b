package dev.twofold.benchmarks;

import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Times the calls of a database that an event meets on its way to a document, by what their SQL
/// does. Safe for use by many threads.
final class StepClock {
    private static final int DIGITS = 3;
    private static final String APPEND = "append";
    private static final String READ = "read of the log";
    private static final String COMMIT = "commit";
    private static final String TOKEN = "token";

    /// A commit that asks the database takes longer; one behind a commit by SQL does not ask.
    private static final Duration NOTHING_TO_COMMIT = Duration.ofNanos(20_000);

    /// What a statement has in it, and what it does, in the order in which to look.
    private static final List<Map.Entry<String, String>> STEPS =
            List.of(
                    Map.entry("twofold.append_event", APPEND),
                    Map.entry("INTO DomainEventEntry", APPEND),
                    Map.entry("max(position)", "look at the end of the log"),
                    Map.entry("max(globalIndex)", "look at the end of the log"),
                    Map.entry("FROM twofold.event e", READ),
                    Map.entry("FROM DomainEventEntry", READ),
                    Map.entry("FOR UPDATE OF checkpoint", "lock of the checkpoint, and load"),
                    Map.entry("SET position = moved", "write, checkpoint and commit"),
                    Map.entry("UPDATE TokenEntry", TOKEN),
                    Map.entry("FROM axon_item_page", "load"),
                    Map.entry("INTO axon_item_page", "write"));

    private record Step(String name, long begin, long end) {}

    private final Queue<Step> steps = new ConcurrentLinkedQueue<>();

    /// Forgets what has been timed.
    void reset() {
        steps.clear();
    }

    /// Connections of a data source, with their calls timed.
    DataSource over(DataSource dataSource) {
        return proxy(
                DataSource.class,
                (method, args) ->
                        invoke(dataSource, method, args) instanceof Connection connection
                                ? connection(connection)
                                : null);
    }

    private Connection connection(Connection connection) {
        return proxy(
                Connection.class,
                (method, args) -> {
                    String name = method.getName();
                    Object result =
                            name.equals(COMMIT)
                                    ? timed(COMMIT, connection, method, args)
                                    : invoke(connection, method, args);
                    return result instanceof PreparedStatement statement && args != null
                            ? statement(statement, step((String) args[0]))
                            : result;
                });
    }

    private PreparedStatement statement(PreparedStatement statement, @Nullable String step) {
        return proxy(
                PreparedStatement.class,
                (method, args) ->
                        step != null && method.getName().startsWith("execute")
                                ? timed(step, statement, method, args)
                                : invoke(statement, method, args));
    }

    private static @Nullable String step(String sql) {
        return STEPS.stream()
                .filter(each -> sql.contains(each.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    private @Nullable Object timed(
            String step, Object target, Method method, Object @Nullable [] args) throws Throwable {
        long begin = System.nanoTime();
        Object result = invoke(target, method, args);
        long end = System.nanoTime();
        if (!step.equals(COMMIT) || end - begin > NOTHING_TO_COMMIT.toNanos()) {
            steps.add(new Step(step, begin, end));
        }
        return result;
    }

    private static @Nullable Object invoke(Object target, Method method, Object @Nullable [] args)
            throws Throwable {
        try {
            return method.invoke(target, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private interface Call {
        @Nullable Object of(Method method, Object @Nullable [] args) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, Call call) {
        return type.cast(
                Proxy.newProxyInstance(
                        StepClock.class.getClassLoader(),
                        new Class<?>[] {type},
                        (_, method, args) -> call.of(method, args)));
    }

    /// Prints how often each step was gone through for a command, and what it took; and how long it
    /// was from the end of an append to the read behind it.
    ///
    /// @param contender whose steps they are
    void print(PrintStream out, String contender, long commands) {
        List<Step> all = steps.stream().sorted((a, b) -> Long.compare(a.begin, b.begin)).toList();
        Map<String, List<Long>> taken =
                all.stream()
                        .collect(
                                Collectors.groupingBy(
                                        Step::name,
                                        Collectors.mapping(
                                                step -> step.end - step.begin,
                                                Collectors.toList())));
        List<Long> wakes = wakes(all);
        if (!wakes.isEmpty()) {
            taken.put("from an append's end to the read", wakes);
        }
        taken.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(
                        each -> {
                            Histogram micros = new Histogram(DIGITS);
                            each.getValue().forEach(nanos -> micros.recordValue(nanos / 1_000));
                            out.printf(
                                    "| %s | %s | %.2f | %.2f | %.2f |%n",
                                    contender,
                                    each.getKey(),
                                    (double) each.getValue().size() / commands,
                                    micros.getValueAtPercentile(50) / 1e3,
                                    micros.getValueAtPercentile(99) / 1e3);
                        });
    }

    /// Of the reads that are the first to begin behind an append's end.
    private static List<Long> wakes(List<Step> all) {
        List<Long> wakes = new ArrayList<>();
        List<Long> ends =
                all.stream().filter(s -> s.name.equals(APPEND)).map(Step::end).sorted().toList();
        int next = 0;
        for (Step step : all) {
            if (!step.name.equals(READ)) {
                continue;
            }
            long last = -1;
            while (next < ends.size() && ends.get(next) <= step.begin) {
                last = ends.get(next++);
            }
            if (last >= 0) {
                wakes.add(step.begin - last);
            }
        }
        return wakes;
    }
}
