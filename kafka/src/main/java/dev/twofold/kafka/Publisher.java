package dev.twofold.kafka;

import dev.twofold.EventFeed;
import dev.twofold.RecordedEvent;
import dev.twofold.kafka.Message.Watermark;
import dev.twofold.kafka.PartitionEnds.End;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/// Puts a log's events into its topics, page by page, each page as one transaction that ends with a
/// watermark in every partition.
///
/// Opening one ends the rights of every earlier one of the same id, wherever its process is: what
/// that has in flight is aborted, what it sends later is refused. Only then is it looked up how far
/// the topics are, so the page after that is the next one and nothing is there twice.
///
/// Not safe for use by many threads.
final class Publisher implements AutoCloseable {
    /// Brokers acknowledge a commit before they have marked it in each partition. What a producer
    /// sends meanwhile for its next transaction they put off for 20 ms
    /// (`add.partitions.to.txn.retry.backoff.ms`), so that to wait is faster.
    private static final Duration MARKING = Duration.ofMillis(1);

    private final Clients clients;
    private final RelaySettings settings;
    private final UUID log;
    private final URI source;
    private final Map<String, URI> schemas = new HashMap<>();
    private final LogPartitions partitions;
    private final Producer<byte[], byte[]> producer;
    private final Consumer<RelayStep> passing;
    private long begin;

    private Publisher(
            Clients clients,
            RelaySettings settings,
            UUID log,
            LogPartitions partitions,
            Consumer<RelayStep> passing) {
        this.clients = clients;
        this.settings = settings;
        this.log = log;
        this.source = settings.sourceOf(log);
        for (EventSchema schema : settings.schemas()) {
            schemas.put(schema.name(), URI.create(settings.schemaBase() + schema.name()));
        }
        this.partitions = partitions;
        this.passing = passing;
        this.producer = clients.transactional(settings.transactionalId());
    }

    /// @param passing is told each step before the next
    static Publisher open(
            Clients clients, RelaySettings settings, UUID log, Consumer<RelayStep> passing) {
        LogPartitions partitions = new LogPartitions(settings.topics());
        Publisher publisher = new Publisher(clients, settings, log, partitions, passing);
        try {
            publisher.producer.initTransactions();
            passing.accept(RelayStep.FENCED);
            return publisher;
        } catch (RuntimeException e) {
            publisher.close();
            throw e;
        }
    }

    /// The position up to which the topics have the log, once they and the schemas are there.
    ///
    /// @param kept the position that was noted last, after its commit; it counts where the topics
    ///   show less, or have forgotten theirs by their retention
    long locate(long kept, long head) {
        try (org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> reader =
                clients.reader(1 << 20)) {
            partitions.refresh(reader);
            if (!settings.topics().byCategory() || !settings.schemas().isEmpty()) {
                create();
            }
            long position =
                    locate(PartitionEnds.find(reader, partitions.all()).values(), kept, head);
            publishSchemas();
            passing.accept(RelayStep.LOCATED);
            return position;
        }
    }

    private void create() {
        try (Admin admin = clients.admin()) {
            if (!settings.topics().byCategory()) {
                partitions.create(admin, Set.of(settings.topics().base()));
            }
            if (!settings.schemas().isEmpty()) {
                partitions.createForSchemas(admin);
            }
        }
        partitions.refresh(producer);
    }

    private long locate(Collection<End> ends, long kept, long head) {
        long position = Long.MAX_VALUE;
        long said = -1;
        for (End end : ends) {
            Watermark watermark = end.watermark();
            if (watermark != null) {
                if (!watermark.log().equals(log)) {
                    throw new IllegalStateException(
                            "the topics \"%s\" carry the log %s, but this is the log %s; relay it to topics of its own"
                                    .formatted(settings.topics().base(), watermark.log(), log));
                }
                said = Math.max(said, watermark.begin());
            }
            if (end.position() >= 0) {
                position = Math.min(position, end.position());
            }
        }
        if (position == Long.MAX_VALUE) {
            position = settings.from();
        }
        // A broker that is killed right after it has acknowledged a commit may come back without
        // having marked it; the next commit makes visible what it covered.
        position = Math.max(position, kept);
        if (position > head) {
            throw new IllegalStateException(
                    "the topics \"%s\" have the log up to position %d, but it ends at %d: has its database been restored from a backup? Relay it to new topics"
                            .formatted(settings.topics().base(), position, head));
        }
        begin = said < 0 ? position : said;
        return position;
    }

    private void publishSchemas() {
        if (settings.schemas().isEmpty()) {
            return;
        }
        producer.beginTransaction();
        for (EventSchema schema : settings.schemas()) {
            var _ =
                    producer.send(
                            new ProducerRecord<>(
                                    settings.topics().schemas(),
                                    schema.name().getBytes(StandardCharsets.UTF_8),
                                    schema.json().getBytes(StandardCharsets.UTF_8)));
        }
        producer.commitTransaction();
    }

    /// Makes a page visible, whole or not at all.
    ///
    /// @throws org.apache.kafka.common.KafkaException if that is not known to have worked; this
    ///   publisher is of no use then, and the next one finds out
    void publish(EventFeed.Page page) {
        createFor(page);
        partitions.refresh(producer);
        producer.beginTransaction();
        passing.accept(RelayStep.BEGUN);
        for (RecordedEvent event : page.events()) {
            String topic = settings.topics().of(event.stream());
            byte[] key = EventMessages.key(event).getBytes(StandardCharsets.UTF_8);
            send(
                    EventMessages.write(
                            event,
                            partitions.of(topic, key),
                            source,
                            schemas.get(EventMessages.type(event)),
                            settings.structured()));
        }
        passing.accept(RelayStep.SENT);
        for (TopicPartition partition : partitions.all()) {
            Watermark watermark = new Watermark(log, page.upTo(), partitions.all().size(), begin);
            send(EventMessages.write(watermark, partition, source, settings.structured()));
        }
        passing.accept(RelayStep.MARKED);
        producer.commitTransaction();
        passing.accept(RelayStep.COMMITTED);
        LockSupport.parkNanos(MARKING.toNanos());
    }

    /// What becomes of a record on its way is asked of the commit, which fails if any did. One that
    /// did not even set out has waited its time for brokers; those behind it would wait as long,
    /// one after the other.
    private void send(ProducerRecord<byte[], byte[]> record) {
        Future<?> sent = producer.send(record);
        if (sent.state() == Future.State.FAILED) {
            throw new KafkaException("a record could not be sent", sent.exceptionNow());
        }
    }

    private void createFor(EventFeed.Page page) {
        Set<String> wanted = new TreeSet<>();
        for (RecordedEvent event : page.events()) {
            wanted.add(settings.topics().of(event.stream()));
        }
        wanted.removeIf(partitions::contains);
        if (!wanted.isEmpty()) {
            try (Admin admin = clients.admin()) {
                partitions.create(admin, wanted);
            }
        }
    }

    /// Lets go of the connections, without a word to the broker about a transaction in progress.
    @Override
    public void close() {
        producer.close(Duration.ZERO);
    }
}
