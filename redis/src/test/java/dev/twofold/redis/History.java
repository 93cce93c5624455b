package dev.twofold.redis;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/// A source that remembers everything: what each document was at each position, and so whether an
/// answer is right.
///
/// May lag behind itself, as a replica does. Safe for use by many threads.
final class History implements Source {
    private final Map<String, TreeMap<Long, String>> versions = new HashMap<>();
    private final List<String> touched = new ArrayList<>();
    private final AtomicLong finds = new AtomicLong();
    private final IntUnaryOperator lag;
    private int generation = 1;
    private long told;

    History() {
        this(_ -> 0);
    }

    /// @param lag how many positions of the last ones a reader does not see yet, given how many
    ///   there are
    History(IntUnaryOperator lag) {
        this.lag = lag;
    }

    /// Changes a document, or removes it; returns the position.
    synchronized long change(String key, @Nullable String text) {
        touched.add(key);
        long position = touched.size();
        versions.computeIfAbsent(key, _ -> new TreeMap<>()).put(position, text == null ? "" : text);
        return position;
    }

    /// What has changed since this was asked the last time.
    synchronized Changes untold() {
        long from = told;
        told = touched.size();
        Set<String> keys = Set.copyOf(touched.subList((int) from, (int) told));
        return new Changes(generation, from, told, keys, true);
    }

    synchronized void serve(int newGeneration) {
        generation = newGeneration;
    }

    long finds() {
        return finds.get();
    }

    synchronized long head() {
        return touched.size();
    }

    @Override
    public synchronized @Nullable Answer find(String key, long notOlderThan) {
        finds.incrementAndGet();
        long reflects = Math.max(0, touched.size() - lag.applyAsInt(touched.size()));
        return reflects < notOlderThan ? null : at(key, reflects);
    }

    @Override
    public synchronized Standing standing() {
        return new Standing(generation, touched.size());
    }

    /// The right answer for a position, of the generation that serves.
    synchronized Answer at(String key, long position) {
        return at(generation, key, position);
    }

    private Answer at(int of, String key, long position) {
        Map.Entry<Long, String> version =
                versions.getOrDefault(key, new TreeMap<>()).floorEntry(position);
        if (version == null || version.getValue().isEmpty()) {
            return new Answer(of, position, position, null);
        }
        String text = "g%d %s".formatted(of, version.getValue());
        return new Answer(
                of, version.getKey(), position, Payload.of(text.getBytes(StandardCharsets.UTF_8)));
    }

    /// What is wrong with an answer; null if nothing is.
    synchronized @Nullable String fault(String key, Answer answer, long notOlderThan) {
        if (answer.reflects() < notOlderThan) {
            return "%s reflects %d only, of %d".formatted(key, answer.reflects(), notOlderThan);
        }
        Answer right = at(answer.generation(), key, answer.reflects());
        return Objects.equals(right.document(), answer.document())
                ? null
                : "%s is said to reflect %d, where it was %s, but is %s"
                        .formatted(key, answer.reflects(), text(right), text(answer));
    }

    static String text(@Nullable Answer answer) {
        Payload document = answer == null ? null : answer.document();
        return document == null
                ? "nothing"
                : new String(document.toBytes(), StandardCharsets.UTF_8);
    }
}
