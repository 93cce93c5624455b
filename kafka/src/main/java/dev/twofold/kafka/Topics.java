package dev.twofold.kafka;

import dev.twofold.StreamId;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.Consumer;
import org.jspecify.annotations.Nullable;

/// The topics that carry a log: one for all of it, or one for each category of streams.
///
/// Each event is in exactly one of them, in the partition that its stream's name decides, or its id
/// if it is in no stream. Topics that are missing are made by the relay.
///
/// @param base the topic, or what the names of the topics begin with; at most 200 letters, digits,
///   `.`, `_` and `-`
/// @param byCategory whether there is a topic `base.category` for each category, and `base.-` for
///   events that are in no stream
/// @param partitions of each topic that is made, 1 to 1,000
/// @param replicas of each topic that is made, 0 for what the broker is set to
public record Topics(String base, boolean byCategory, int partitions, short replicas) {
    private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9._-]{1,200}");
    private static final int MAX_TOPIC_LENGTH = 249;

    public Topics {
        if (!LEGAL.matcher(base).matches()) {
            throw new IllegalArgumentException(
                    "the name of a topic has 1 to 200 letters, digits, dots, underscores and"
                            + " hyphens, but was \"%s\"".formatted(base));
        }
        if (partitions < 1 || partitions > 1_000) {
            throw new IllegalArgumentException(
                    "topic \"%s\" can have 1 to 1,000 partitions, but was to have %d"
                            .formatted(base, partitions));
        }
        if (replicas < 0) {
            throw new IllegalArgumentException(
                    "topic \"%s\" can have 0 replicas (what the broker is set to) or more, but was to have %d"
                            .formatted(base, replicas));
        }
    }

    /// One topic of six partitions.
    public static Topics one(String topic) {
        return new Topics(topic, false, 6, (short) 0);
    }

    /// A topic of six partitions for each category.
    public static Topics byCategory(String base) {
        return new Topics(base, true, 6, (short) 0);
    }

    /// The same with another number of partitions in the topics that are made.
    public Topics withPartitions(int number) {
        return new Topics(base, byCategory, number, replicas);
    }

    /// The topic with the JSON Schemas of the events.
    public String schemas() {
        return base + "-schemas";
    }

    /// The topic of an event.
    String of(@Nullable StreamId stream) {
        if (!byCategory) {
            return base;
        }
        String topic = "%s.%s".formatted(base, stream == null ? "-" : legal(stream.category()));
        if (topic.length() > MAX_TOPIC_LENGTH) {
            throw new IllegalArgumentException(
                    "the topic of stream \"%s\" would have %d characters, the limit is %d: %s"
                            .formatted(stream, topic.length(), MAX_TOPIC_LENGTH, topic));
        }
        return topic;
    }

    /// Whether a topic is one of these.
    boolean include(String topic) {
        return byCategory ? topic.startsWith(base + ".") : topic.equals(base);
    }

    /// Has a member of a group take its share of all of them, those made later included.
    Consumer<byte[], byte[]> subscribe(Consumer<byte[], byte[]> member) {
        if (byCategory) {
            member.subscribe(Pattern.compile(Pattern.quote(base + ".") + ".*"));
        } else {
            member.subscribe(List.of(base));
        }
        return member;
    }

    /// A category in the letters that a topic may have: others, and `_`, as their code.
    private static String legal(String category) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < category.length(); i++) {
            char c = category.charAt(i);
            if ((c < 128 && Character.isLetterOrDigit(c)) || c == '.') {
                text.append(c);
            } else {
                text.append("_%04x".formatted((int) c));
            }
        }
        return text.toString();
    }
}
