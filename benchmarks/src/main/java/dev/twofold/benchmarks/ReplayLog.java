package dev.twofold.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;

/// For benchmarks only: fills empty logs of Twofold and of Axon with the same events, 20 for each
/// item, the items' events interleaved as far as they can be.
record ReplayLog(long events) {
    private static final String TWOFOLD =
            """
            INSERT INTO twofold.event (
                position, id, stream, version, type, revision, data, tags, correlation, causation,
                recorded_at, checksum)
            SELECT
                n, id, 'item-' || item, number + 1, type, 1, data::json, '{}', request, request,
                now(),
                twofold.event_checksum(
                    n, id, 'item-' || item, number + 1, type, 1, data, '{}', request, request,
                    NULL, NULL, now())
            FROM replay_event
            """;
    private static final String AXON =
            """
            INSERT INTO DomainEventEntry (
                globalIndex, eventIdentifier, aggregateIdentifier, sequenceNumber, type, metaData,
                payload, payloadType, timeStamp)
            SELECT
                n, id, item, number, 'AxonItem',
                format('{"traceId":"%s","correlationId":"%s"}', request, request)::bytea,
                data::bytea,
                CASE type
                    WHEN 'item-created' THEN 'dev.twofold.benchmarks.ItemEvent$ItemCreated'
                    ELSE 'dev.twofold.benchmarks.ItemEvent$ItemChanged'
                END,
                '2026-11-01T00:00:00.000Z'
            FROM replay_event
            """;
    private static final String EVENTS =
            """
            CREATE TABLE replay_event AS
            SELECT
                n, uuidv7() AS id, item, number, uuidv7()::text AS request,
                CASE number WHEN 0 THEN 'item-created' ELSE 'item-changed' END AS type,
                CASE number
                    WHEN 0 THEN format('{"id":"%s","note":"%s"}', item, note)
                    ELSE format('{"id":"%s","number":%s,"note":"%s"}', item, number, note)
                END AS data
            FROM
                (SELECT ?::bigint AS events, ?::text AS note) AS given,
                generate_series(1, events) AS n,
                LATERAL (SELECT
                    to_char((n - 1) % (events / 20), 'FM00000000') AS item,
                    (n - 1) / (events / 20) AS number
                ) AS event
            """;
    private static final List<String> REST =
            List.of(
                    TWOFOLD,
                    AXON,
                    "DROP TABLE replay_event",
                    "VACUUM (ANALYZE) twofold.event, DomainEventEntry",
                    "CHECKPOINT");

    void fill(DataSource dataSource) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement create = connection.prepareStatement(EVENTS);
                Statement statement = connection.createStatement()) {
            create.setLong(1, events);
            create.setString(2, ItemEvent.note());
            create.executeUpdate();
            for (String sql : REST) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the logs could not be filled", e);
        }
    }
}
