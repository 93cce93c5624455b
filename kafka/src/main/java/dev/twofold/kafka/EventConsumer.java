package dev.twofold.kafka;

import dev.twofold.EventTypes;
import dev.twofold.Recorded;
import dev.twofold.RecordedEvent;
import dev.twofold.kafka.Message.Event;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/// Hands the events of a log's topics to a program of its own, each with effect once.
///
/// Programs of one group share the partitions; the events of a stream come in order. What the
/// handler writes on the connection and that the event was handled are committed together, so
/// repetitions, rebalances and crashes have no effect. When the handler throws, that event and
/// those after it are given again after a while; nothing is passed over.
///
/// The ids of handled events are kept in the table `twofold_handled_event`, which is made if it is
/// missing. Runs in a thread of its own once started.
///
/// @param <E> the events
public final class EventConsumer<E> implements AutoCloseable {
    private static final String CREATE =
            """
            CREATE TABLE IF NOT EXISTS twofold_handled_event (
              consumer text NOT NULL,
              event uuid NOT NULL,
              handled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
              PRIMARY KEY (consumer, event)
            )
            """;

    private static final String HANDLED =
            """
            INSERT INTO twofold_handled_event (consumer, event) SELECT ?, unnest(?)
            ON CONFLICT DO NOTHING RETURNING event
            """;

    private static final String FORGET =
            """
            DELETE FROM twofold_handled_event
            WHERE consumer = ? AND handled_at < clock_timestamp() - make_interval(secs => ?)
            """;

    private final Clients clients;
    private final Topics topics;
    private final String group;
    private final EventTypes<E> types;
    private final Set<String> names;
    private final DataSource dataSource;
    private final Handler<E> handler;
    private final GroupLoop loop;

    /// What is done about an event.
    ///
    /// @param <E> the events
    @FunctionalInterface
    public interface Handler<E> {

        /// @param connection of a transaction that is committed when all went well
        /// @throws SQLException to have the event again later
        void handle(Connection connection, Recorded<E> event) throws SQLException;
    }

    /// @param kafka the settings of Kafka's clients: `bootstrap.servers` and what else is needed
    /// @param group those who share the work, and the work is done once for
    /// @param types the events that are wanted; others are passed over
    /// @param dataSource a PostgreSQL database of the program
    public EventConsumer(
            Map<String, Object> kafka,
            Topics topics,
            String group,
            EventTypes<E> types,
            DataSource dataSource,
            Handler<E> handler) {
        this.clients = new Clients(kafka);
        this.topics = topics;
        this.group = group;
        this.types = types;
        this.names = types.names();
        this.dataSource = dataSource;
        this.handler = handler;
        this.loop = new GroupLoop("twofold-consumer-" + group, this::open, this::take);
    }

    public void start() {
        loop.start();
    }

    /// What it waits for to go on; null while nothing keeps it.
    public @Nullable String failure() {
        return loop.failure();
    }

    /// Forgets the ids of events that were handled longer ago than this, and returns how many.
    ///
    /// An event that the topics give again after that is handled again: only what was read long ago
    /// and committed in the group is safe to forget.
    ///
    /// @throws SQLException if the database is out of reach
    public int forget(Duration olderThan) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(FORGET)) {
            statement.setString(1, group);
            statement.setDouble(2, olderThan.toNanos() / 1e9);
            return statement.executeUpdate();
        }
    }

    private Consumer<byte[], byte[]> open() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(CREATE);
        }
        return topics.subscribe(clients.member(group));
    }

    /// Handles records of one partition, all of them or none.
    private void take(List<ConsumerRecord<byte[], byte[]>> records) throws SQLException {
        List<RecordedEvent> events = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            if (EventMessages.read(record) instanceof Event(var event)
                    && names.contains(event.type())) {
                events.add(event);
            }
        }
        if (events.isEmpty()) {
            return;
        }
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            try {
                Set<UUID> fresh = note(connection, events);
                for (RecordedEvent event : events) {
                    if (fresh.remove(event.id())) {
                        for (Recorded<E> one : types.decode(List.of(event))) {
                            handler.handle(connection, one);
                        }
                    }
                }
                connection.commit();
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            }
        }
    }

    /// Notes events as handled, and returns those that were not before.
    private Set<UUID> note(Connection connection, List<RecordedEvent> events) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(HANDLED)) {
            Array ids =
                    connection.createArrayOf(
                            "uuid", events.stream().map(RecordedEvent::id).toArray());
            statement.setString(1, group);
            statement.setArray(2, ids);
            Set<UUID> fresh = new HashSet<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    fresh.add(rows.getObject(1, UUID.class));
                }
            }
            return fresh;
        }
    }

    /// Lets the events at hand be handled, and leaves the group.
    @Override
    public void close() {
        loop.close();
    }
}
