package dev.twofold.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.Append;
import dev.twofold.Condition;
import dev.twofold.Condition.ExpectedVersion;
import dev.twofold.Condition.NoneMatching;
import dev.twofold.EventStore;
import dev.twofold.EventTypes;
import dev.twofold.Metadata;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.Receipt;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import dev.twofold.UuidV7;
import dev.twofold.testkit.TestPostgres;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Logs and events to test with.
final class Logs {
    private Logs() {}

    /// A database with an empty log.
    static TestPostgres.Database empty() {
        return TestPostgres.copy(Template.DATABASE);
    }

    /// Connections to a database, kept for the next who needs one; to be closed.
    static HikariDataSource pool(TestPostgres.Database database) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(database.dataSource());
        config.setMaximumPoolSize(20);
        config.setMinimumIdle(0);
        return new HikariDataSource(config);
    }

    static NewEvent event(@Nullable StreamId stream, String type, Tag... tags) {
        return new NewEvent(
                UuidV7.next(), stream, type, 1, "{\"a\": 1}", Set.of(tags), Metadata.none());
    }

    static Append append(NewEvent event, Condition... conditions) {
        return Append.of(List.of(event), conditions);
    }

    /// Puts a history into a log.
    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    static <E> void record(EventStore store, EventTypes<E> types, E... events) {
        store.append(
                Append.of(
                        Arrays.stream(events)
                                .map(event -> types.encode(event, Metadata.none()))
                                .toList()));
    }

    static StreamId stream(int id) {
        return new StreamId("thing", Integer.toString(id));
    }

    static Tag tag(int id) {
        return new Tag("tag", Integer.toString(id));
    }

    /// Events of a small world, in which much bears on much.
    record SmallWorld(Random random) {

        Append append(EventStore store, List<Append> earlier) {
            if (!earlier.isEmpty() && random.nextInt(20) == 0) {
                return earlier.get(random.nextInt(earlier.size()));
            }
            List<NewEvent> events = new ArrayList<>();
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                events.add(event());
            }
            List<Condition> conditions = new ArrayList<>();
            for (int i = random.nextInt(3); i > 0; i--) {
                conditions.add(condition(store.head()));
            }
            if (random.nextInt(5) > 0) {
                return new Append(events, conditions, null);
            }
            Receipt receipt = new Receipt("key-%d".formatted(random.nextInt(10)), "answer");
            return new Append(random.nextBoolean() ? events : List.of(), conditions, receipt);
        }

        Query query() {
            List<Query.Item> items = new ArrayList<>();
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                StreamId stream = random.nextInt(4) == 0 ? stream(random.nextInt(5)) : null;
                items.add(new Query.Item(stream, types(), tags()));
            }
            return new Query(items);
        }

        private NewEvent event() {
            StreamId stream = random.nextInt(3) > 0 ? stream(random.nextInt(5)) : null;
            return Logs.event(stream, type(), tags().toArray(Tag[]::new));
        }

        private Condition condition(long head) {
            return random.nextInt(3) == 0
                    ? new ExpectedVersion(stream(random.nextInt(8)), random.nextLong(head / 5 + 2))
                    : new NoneMatching(query(), Math.max(0, head - random.nextLong(6)));
        }

        private String type() {
            return "type-%d".formatted(random.nextInt(5));
        }

        private Set<String> types() {
            Set<String> types = new HashSet<>();
            for (int i = random.nextInt(3); i > 0; i--) {
                types.add(type());
            }
            return types;
        }

        private Set<Tag> tags() {
            Set<Tag> tags = new HashSet<>();
            for (int i = random.nextInt(3); i > 0; i--) {
                tags.add(tag(random.nextInt(8)));
            }
            return tags;
        }
    }

    private static final class Template {
        private static final TestPostgres.Database DATABASE = TestPostgres.database();

        static {
            PostgresLog.migrate(DATABASE.dataSource());
        }
    }
}
