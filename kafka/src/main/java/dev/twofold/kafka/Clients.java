package dev.twofold.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Connections to Kafka, set up for what is done with them.
///
/// @param settings `bootstrap.servers`, what the brokers ask for to let a client in, and anything
///   else that a user wants otherwise than it is here
record Clients(Map<String, Object> settings) {
    /// The data of an event has at most 1,048,576 characters, of up to three bytes.
    static final int MAX_MESSAGE_BYTES = 4 << 20;

    /// How long a call may take before it counts as failed.
    static final Duration PATIENCE = Duration.ofSeconds(10);

    Clients {
        settings = Map.copyOf(settings);
        if (!settings.containsKey(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG)) {
            throw new IllegalArgumentException(
                    "the settings for Kafka lack \"bootstrap.servers\", the addresses of brokers;"
                            + " they have "
                            + settings.keySet());
        }
    }

    Admin admin() {
        Map<String, Object> config = patient();
        config.putAll(settings);
        return Admin.create(config);
    }

    /// A producer whose records become visible in transactions, and which ends the transactions and
    /// the rights of every earlier one of this id.
    Producer<byte[], byte[]> transactional(String id) {
        Map<String, Object> config = patient();
        // None waits: a commit sends what is left, which then is one request rather than several.
        config.put(ProducerConfig.LINGER_MS_CONFIG, 100);
        config.put(ProducerConfig.BATCH_SIZE_CONFIG, 128 << 10);
        config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_MESSAGE_BYTES);
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE.toMillis());
        config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 30_000);
        config.put(ProducerConfig.METADATA_MAX_AGE_CONFIG, 10_000L);
        config.putAll(settings);
        config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, id);
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /// A producer of single records.
    Producer<byte[], byte[]> producer() {
        Map<String, Object> config = patient();
        config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_MESSAGE_BYTES);
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE.toMillis());
        config.putAll(settings);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /// A consumer of committed records that is told where to read.
    Consumer<byte[], byte[]> reader(int fetchBytes) {
        Map<String, Object> config = consumer();
        config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, Math.min(fetchBytes, 1 << 20));
        config.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, fetchBytes);
        config.putAll(settings);
        return open(config);
    }

    /// A consumer of committed records that shares the partitions with others of its group.
    Consumer<byte[], byte[]> member(String group) {
        Map<String, Object> config = consumer();
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        config.putAll(settings);
        config.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        return open(config);
    }

    private static Consumer<byte[], byte[]> open(Map<String, Object> config) {
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        return new KafkaConsumer<>(
                config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static Map<String, Object> consumer() {
        Map<String, Object> config = patient();
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        config.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 2_000);
        return config;
    }

    private static Map<String, Object> patient() {
        Map<String, Object> config = new HashMap<>();
        config.put(CommonClientConfigs.CLIENT_ID_CONFIG, "twofold-" + UUID.randomUUID());
        config.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
        config.put(CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, 500L);
        config.put(CommonClientConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MS_CONFIG, 3_000L);
        config.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
        config.put(CommonClientConfigs.METRICS_NUM_SAMPLES_CONFIG, 2);
        return config;
    }
}
