package dev.twofold.benchmarks;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// An outbox table and a poller as people write them: the next rows that are not sent, each sent,
/// all acknowledged, all marked, one transaction. At least once; one poller, so that the order
/// holds.
final class OutboxPoller {
    private static final String CREATE =
            """
            CREATE TABLE outbox AS
            SELECT position AS id, stream AS key, data::text AS payload, false AS sent
            FROM twofold.event;
            ALTER TABLE outbox ADD PRIMARY KEY (id);
            CREATE INDEX ON outbox (id) WHERE NOT sent;
            ANALYZE outbox
            """;
    private static final String NEXT =
            """
            SELECT id, key, payload FROM outbox WHERE NOT sent ORDER BY id LIMIT ? FOR UPDATE
            """;
    private static final String MARK = "UPDATE outbox SET sent = true WHERE id = ANY (?)";

    private final DataSource dataSource;
    private final String topic;
    private final int limit;

    OutboxPoller(DataSource dataSource, String topic, int limit) {
        this.dataSource = dataSource;
        this.topic = topic;
        this.limit = limit;
    }

    static String create() {
        return CREATE;
    }

    /// Sends all there is, or what can be in the time, and returns how much.
    long run(Map<String, Object> kafka, long nanos) {
        Map<String, Object> config = new HashMap<>(kafka);
        config.put("acks", "all");
        long sent = 0;
        long begin = System.nanoTime();
        try (Producer<String, byte[]> producer =
                new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer())) {
            int batch = turn(producer);
            while (batch > 0 && System.nanoTime() - begin < nanos) {
                sent += batch;
                batch = turn(producer);
            }
            return sent + batch;
        } catch (SQLException | ExecutionException e) {
            throw new IllegalStateException("the outbox could not be sent", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return sent;
        }
    }

    private int turn(Producer<String, byte[]> producer)
            throws SQLException, ExecutionException, InterruptedException {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement next = connection.prepareStatement(NEXT);
                PreparedStatement mark = connection.prepareStatement(MARK)) {
            connection.setAutoCommit(false);
            next.setInt(1, limit);
            List<Long> ids = new ArrayList<>();
            List<Future<RecordMetadata>> sends = new ArrayList<>();
            try (ResultSet row = next.executeQuery()) {
                while (row.next()) {
                    ids.add(row.getLong(1));
                    byte[] payload = row.getString(3).getBytes(StandardCharsets.UTF_8);
                    sends.add(
                            producer.send(new ProducerRecord<>(topic, row.getString(2), payload)));
                }
            }
            for (Future<RecordMetadata> send : sends) {
                send.get();
            }
            mark.setArray(1, connection.createArrayOf("bigint", ids.toArray()));
            mark.executeUpdate();
            connection.commit();
            return ids.size();
        }
    }
}
