package dev.twofold.kafka;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.utils.Utils;

/// The partitions over which a log is spread. Not safe for use by many threads.
final class LogPartitions {
    private final Topics topics;
    private final Map<String, Integer> counts = new TreeMap<>();

    LogPartitions(Topics topics) {
        this.topics = topics;
    }

    /// Asks a broker which topics there are.
    void refresh(Consumer<byte[], byte[]> consumer) {
        Map<String, List<PartitionInfo>> all = new HashMap<>();
        if (topics.byCategory()) {
            all.putAll(consumer.listTopics());
        } else {
            List<PartitionInfo> partitions = consumer.partitionsFor(topics.base());
            all.put(topics.base(), partitions == null ? List.of() : partitions);
        }
        counts.clear();
        all.forEach(
                (topic, partitions) -> {
                    if (topics.include(topic) && !partitions.isEmpty()) {
                        counts.put(topic, partitions.size());
                    }
                });
    }

    /// Takes note of partitions that were added since.
    void refresh(Producer<byte[], byte[]> producer) {
        counts.replaceAll((topic, count) -> Math.max(count, producer.partitionsFor(topic).size()));
    }

    /// Makes the topics that are missing, and returns whether any was.
    boolean create(Admin admin, Set<String> wanted) {
        List<NewTopic> missing = new ArrayList<>();
        for (String topic : wanted) {
            if (!counts.containsKey(topic)) {
                missing.add(newTopic(topic, topics.partitions(), Map.of()));
            }
        }
        create(admin, missing);
        missing.forEach(topic -> counts.put(topic.name(), topic.numPartitions()));
        return !missing.isEmpty();
    }

    /// Makes the topic that keeps the newest schema of each type and revision.
    void createForSchemas(Admin admin) {
        Map<String, String> compacted =
                Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
        create(admin, List.of(newTopic(topics.schemas(), 1, compacted)));
    }

    private NewTopic newTopic(String name, int partitions, Map<String, String> more) {
        Map<String, String> config = new HashMap<>(more);
        config.put(
                TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(Clients.MAX_MESSAGE_BYTES));
        short replicas = topics.replicas() == 0 ? -1 : topics.replicas();
        return new NewTopic(name, partitions, replicas).configs(config);
    }

    private static void create(Admin admin, List<NewTopic> missing) {
        if (missing.isEmpty()) {
            return;
        }
        admin.createTopics(missing)
                .values()
                .forEach(
                        (topic, created) -> {
                            try {
                                created.get();
                            } catch (ExecutionException e) {
                                if (!(e.getCause() instanceof TopicExistsException)) {
                                    throw new KafkaException(
                                            "topic \"%s\" cannot be made".formatted(topic),
                                            e.getCause());
                                }
                            } catch (InterruptedException e) {
                                throw new org.apache.kafka.common.errors.InterruptException(e);
                            }
                        });
    }

    boolean contains(String topic) {
        return counts.containsKey(topic);
    }

    /// The partition of a key: the one that Kafka's own producer would choose.
    TopicPartition of(String topic, byte[] key) {
        int count = counts.getOrDefault(topic, 1);
        return new TopicPartition(topic, Utils.toPositive(Utils.murmur2(key)) % count);
    }

    List<TopicPartition> all() {
        List<TopicPartition> all = new ArrayList<>();
        counts.forEach(
                (topic, count) -> {
                    for (int partition = 0; partition < count; partition++) {
                        all.add(new TopicPartition(topic, partition));
                    }
                });
        return all;
    }
}
