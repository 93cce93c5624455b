package dev.twofold.postgres;

import dev.twofold.Metadata;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The statements that read the log; each sees the log of one moment.
final class EventReads {
    private static final String ALL =
            """
            SELECT e.position, e.id, e.stream, e.version, e.type, e.revision, e.data, e.tags,
                   e.correlation, e.causation, e.actor, e.trace, e.recorded_at
            FROM twofold.event e
            WHERE e.position > ?
            ORDER BY e.position
            LIMIT ?
            """;

    private static final String STREAM =
            """
            SELECT e.position, e.id, e.stream, e.version, e.type, e.revision, e.data, e.tags,
                   e.correlation, e.causation, e.actor, e.trace, e.recorded_at
            FROM twofold.event e
            WHERE e.stream = ? AND e.version > twofold.version_at(?, ?)
            ORDER BY e.version
            LIMIT ?
            """;

    /// The log in order, passing over other types: right for types that are common, and near the
    /// end of the log for any.
    private static final String TYPES =
            """
            SELECT e.position, e.id, e.stream, e.version, e.type, e.revision, e.data, e.tags,
                   e.correlation, e.causation, e.actor, e.trace, e.recorded_at
            FROM twofold.event e
            WHERE e.position > ? AND e.type = ANY (?)
            ORDER BY e.position
            LIMIT ?
            """;

    private static final String MATCHING = Sql.resource("read-matching.sql");

    private static final String HEAD =
            """
            SELECT coalesce(max(position), 0) FROM twofold.event
            """;

    private static final String INFO =
            """
            SELECT (SELECT epoch FROM twofold.log),
                   (SELECT coalesce(max(position), 0) FROM twofold.event),
                   (SELECT count(*) FROM twofold.event WHERE version = 1),
                   pg_total_relation_size('twofold.event')
                       + pg_total_relation_size('twofold.event_tag')
            """;

    private EventReads() {}

    static List<RecordedEvent> read(Connection connection, Query query, long after, int limit)
            throws SQLException {
        Query.Item item = query.items().getFirst();
        StreamId stream = item.stream();
        if (query.items().size() > 1 || !item.tags().isEmpty()) {
            return matching(connection, query, after, limit);
        }
        if (item.types().isEmpty()) {
            return stream == null
                    ? all(connection, after, limit)
                    : stream(connection, stream, after, limit);
        }
        return stream == null
                ? types(connection, item.types(), after, limit)
                : matching(connection, query, after, limit);
    }

    private static List<RecordedEvent> all(Connection connection, long after, int limit)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ALL)) {
            statement.setLong(1, after);
            statement.setInt(2, limit);
            return events(statement);
        }
    }

    private static List<RecordedEvent> types(
            Connection connection, Set<String> types, long after, int limit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TYPES)) {
            statement.setLong(1, after);
            statement.setArray(2, connection.createArrayOf("text", types.toArray()));
            statement.setInt(3, limit);
            return events(statement);
        }
    }

    private static List<RecordedEvent> stream(
            Connection connection, StreamId stream, long after, int limit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(STREAM)) {
            statement.setString(1, stream.toString());
            statement.setString(2, stream.toString());
            statement.setLong(3, after);
            statement.setInt(4, limit);
            return events(statement);
        }
    }

    private static List<RecordedEvent> matching(
            Connection connection, Query query, long after, int limit) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(MATCHING)) {
            statement.setArray(1, texts(connection, query, item -> text(item.stream())));
            statement.setArray(2, texts(connection, query, i -> ArrayLiteral.ofSome(i.types())));
            statement.setArray(3, texts(connection, query, i -> ArrayLiteral.ofSome(i.tags())));
            statement.setLong(4, after);
            statement.setInt(5, limit);
            statement.setInt(6, limit);
            return events(statement);
        }
    }

    static long head(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(HEAD);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    static LogInfo info(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INFO);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return new LogInfo(
                    row.getObject(1, UUID.class), row.getLong(2), row.getLong(3), row.getLong(4));
        }
    }

    private static Array texts(
            Connection connection, Query query, Function<Query.Item, @Nullable String> column)
            throws SQLException {
        Object[] values = query.items().stream().map(column).toArray(String[]::new);
        return connection.createArrayOf("text", values);
    }

    private static @Nullable String text(@Nullable StreamId stream) {
        return stream == null ? null : stream.toString();
    }

    private static List<RecordedEvent> events(PreparedStatement statement) throws SQLException {
        List<RecordedEvent> events = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                events.add(event(row));
            }
        }
        return events;
    }

    private static RecordedEvent event(ResultSet row) throws SQLException {
        String stream = row.getString(3);
        return new RecordedEvent(
                row.getLong(1),
                row.getObject(2, UUID.class),
                stream == null ? null : StreamId.parse(stream),
                row.getLong(4),
                row.getString(5),
                row.getInt(6),
                row.getString(7),
                tags(row.getArray(8)),
                metadata(row),
                row.getObject(13, OffsetDateTime.class).toInstant());
    }

    private static Set<Tag> tags(Array tags) throws SQLException {
        String[] texts = (String[]) tags.getArray();
        return texts.length == 0
                ? Set.of()
                : Stream.of(texts).map(Tag::parse).collect(Collectors.toUnmodifiableSet());
    }

    private static Metadata metadata(ResultSet row) throws SQLException {
        return new Metadata(
                row.getString(9), row.getString(10), row.getString(11), row.getString(12));
    }
}
