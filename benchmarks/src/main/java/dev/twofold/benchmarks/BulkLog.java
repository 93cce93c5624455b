package dev.twofold.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/// For benchmarks only: fills an empty log past its append function, fast.
///
/// The log looks as if its events had been appended: positions without gaps, streams of 20 events,
/// two tags an event. 100 events have a course in common and 20 a student; a course and a student
/// of which one is even and the other odd have none.
record BulkLog(long events) {
    static final int EVENTS_A_STREAM = 20;
    private static final int EVENTS_A_COURSE = 100;
    private static final int EVENTS_A_STUDENT = 20;
    private static final int STEP = 2_000;

    private static final String EVENTS =
            """
            INSERT INTO twofold.event (
                position, id, stream, version, type, revision, data, tags, correlation, causation,
                recorded_at, checksum)
            SELECT
                n, id, stream, version, type, 1, data::json, tags, request, request, now(),
                twofold.event_checksum(
                    n, id, stream, version, type, 1, data, tags, request, request, NULL, NULL,
                    now())
            FROM
                generate_series(?, ?) AS n,
                LATERAL (SELECT
                    uuidv7() AS id,
                    'item-' || (n - 1) / 20 AS stream,
                    (n - 1) % 20 + 1 AS version,
                    'item-changed' AS type,
                    format('{"id":"%s","number":%s,"note":"%s"}', n / 20, n, ?::text) AS data,
                    ARRAY['course:' || n % ?, 'student:' || n * 7919 / 2 % ? * 2 + n % 2] AS tags,
                    uuidv7()::text AS request
                ) AS event
            """;
    private static final String TAGS =
            """
            INSERT INTO twofold.event_tag (tag, position)
            SELECT tag, position
            FROM twofold.event, unnest(tags) AS tag
            ORDER BY tag, position
            """;

    BulkLog {
        if (events <= 0 || events % STEP != 0) {
            throw new IllegalArgumentException(
                    "a log is filled with a multiple of %,d events, but was to have %,d"
                            .formatted(STEP, events));
        }
    }

    long streams() {
        return events / EVENTS_A_STREAM;
    }

    /// An even number.
    long courses() {
        return events / EVENTS_A_COURSE;
    }

    /// An even number.
    long students() {
        return events / EVENTS_A_STUDENT;
    }

    void fill(DataSource dataSource) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement insert = connection.prepareStatement(EVENTS);
                Statement statement = connection.createStatement()) {
            insert.setLong(1, 1);
            insert.setLong(2, events);
            insert.setString(3, ItemEvent.note());
            insert.setLong(4, courses());
            insert.setLong(5, students() / 2);
            insert.executeUpdate();
            statement.execute(TAGS);
            statement.execute("VACUUM (ANALYZE) twofold.event, twofold.event_tag");
        } catch (SQLException e) {
            throw new IllegalStateException("the log could not be filled", e);
        }
    }
}
