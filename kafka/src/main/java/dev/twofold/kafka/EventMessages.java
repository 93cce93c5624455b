package dev.twofold.kafka;

import dev.twofold.Metadata;
import dev.twofold.RecordedEvent;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import dev.twofold.kafka.Message.Event;
import dev.twofold.kafka.Message.Foreign;
import dev.twofold.kafka.Message.Watermark;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.core.message.MessageWriter;
import io.cloudevents.core.v1.CloudEventBuilder;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.cloudevents.rw.CloudEventRWException;
import io.cloudevents.rw.CloudEventWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// Events and watermarks as CloudEvents 1.0 in records of Kafka, and back.
///
/// What CloudEvents has an attribute for is in it: id, source, type with revision
/// (`price-changed.v2`), subject (the stream), time, dataschema, and the extension traceparent. The
/// rest is in extensions of our own: position, streamversion, tags, correlation, causation, actor;
/// and for watermarks position, log, partitions and begin.
final class EventMessages {
    static final String WATERMARK = "dev.twofold.watermark.v1";
    private static final String JSON = "application/json";
    private static final String STRUCTURED = "application/cloudevents+json";

    private EventMessages() {}

    /// @param structured whether the record's value is the whole event as JSON, rather than its
    ///   data alone with the attributes as headers
    static ProducerRecord<byte[], byte[]> write(
            RecordedEvent event,
            TopicPartition to,
            URI source,
            @Nullable URI schema,
            boolean structured) {
        Metadata metadata = event.metadata();
        CloudEventBuilder builder =
                new CloudEventBuilder()
                        .withId(event.id().toString())
                        .withSource(source)
                        .withType(type(event))
                        .withTime(event.recordedAt().atOffset(ZoneOffset.UTC))
                        .withData(JSON, event.data().getBytes(StandardCharsets.UTF_8))
                        .withExtension("position", Long.toString(event.position()));
        if (event.stream() != null) {
            builder.withSubject(event.stream().toString())
                    .withExtension("streamversion", Long.toString(event.version()));
        }
        if (schema != null) {
            builder.withDataSchema(schema);
        }
        if (!event.tags().isEmpty()) {
            builder.withExtension("tags", join(event.tags()));
        }
        extend(builder, "correlation", metadata.correlation());
        extend(builder, "causation", metadata.causation());
        extend(builder, "actor", metadata.actor());
        extend(builder, "traceparent", metadata.trace());
        return write(
                builder.build(),
                to,
                event.recordedAt().toEpochMilli(),
                key(event).getBytes(StandardCharsets.UTF_8),
                structured);
    }

    /// Type and revision, such as `price-changed.v2`.
    static String type(RecordedEvent event) {
        return event.type() + ".v" + event.revision();
    }

    /// What decides the partition of an event: its stream, or its id if it is in none.
    static String key(RecordedEvent event) {
        StreamId stream = event.stream();
        return stream == null ? event.id().toString() : stream.toString();
    }

    static ProducerRecord<byte[], byte[]> write(
            Watermark watermark, TopicPartition to, URI source, boolean structured) {
        CloudEvent event =
                new CloudEventBuilder()
                        .withId(
                                "watermark-%d-%s-%d"
                                        .formatted(
                                                watermark.position(), to.topic(), to.partition()))
                        .withSource(source)
                        .withType(WATERMARK)
                        .withExtension("log", watermark.log().toString())
                        .withExtension("position", Long.toString(watermark.position()))
                        .withExtension("partitions", Integer.toString(watermark.partitions()))
                        .withExtension("begin", Long.toString(watermark.begin()))
                        .build();
        return write(event, to, null, null, structured);
    }

    private static ProducerRecord<byte[], byte[]> write(
            CloudEvent event,
            TopicPartition to,
            @Nullable Long timestamp,
            byte @Nullable [] key,
            boolean structured) {
        MessageWriter<
                        CloudEventWriter<ProducerRecord<byte[], byte[]>>,
                        ProducerRecord<byte[], byte[]>>
                writer =
                        KafkaMessageFactory.createWriter(
                                to.topic(), to.partition(), timestamp, key);
        return structured ? writer.writeStructured(event, STRUCTURED) : writer.writeBinary(event);
    }

    private static void extend(CloudEventBuilder builder, String name, @Nullable String value) {
        if (value != null) {
            builder.withExtension(name, value);
        }
    }

    static Message read(ConsumerRecord<byte[], byte[]> record) {
        try {
            return read(cloudEvent(record));
        } catch (CloudEventRWException | IllegalArgumentException | IllegalStateException e) {
            return new Foreign(String.valueOf(e.getMessage()));
        }
    }

    /// @throws CloudEventRWException if it is none
    static CloudEvent cloudEvent(ConsumerRecord<byte[], byte[]> record) {
        return KafkaMessageFactory.createReader(record).toEvent();
    }

    private static Message read(CloudEvent event) {
        if (event.getType().equals(WATERMARK)) {
            return new Watermark(
                    UUID.fromString(required(event, "log")),
                    Long.parseLong(required(event, "position")),
                    Integer.parseInt(required(event, "partitions")),
                    Long.parseLong(required(event, "begin")));
        }
        return new Event(recorded(event));
    }

    /// @throws IllegalArgumentException if it is not an event of a log
    static RecordedEvent recorded(CloudEvent event) {
        int dot = event.getType().lastIndexOf(".v");
        if (dot < 0 || event.getTime() == null) {
            throw new IllegalArgumentException(
                    "CloudEvent \"%s\" of type \"%s\" is not an event of a log"
                            .formatted(event.getId(), event.getType()));
        }
        String subject = event.getSubject();
        CloudEventData data = event.getData();
        return new RecordedEvent(
                Long.parseLong(required(event, "position")),
                UUID.fromString(event.getId()),
                subject == null ? null : StreamId.parse(subject),
                subject == null ? 0 : Long.parseLong(required(event, "streamversion")),
                event.getType().substring(0, dot),
                Integer.parseInt(event.getType().substring(dot + 2)),
                data == null ? "null" : new String(data.toBytes(), StandardCharsets.UTF_8),
                split(extension(event, "tags")),
                new Metadata(
                        extension(event, "correlation"),
                        extension(event, "causation"),
                        extension(event, "actor"),
                        extension(event, "traceparent")),
                event.getTime().toInstant());
    }

    private static @Nullable String extension(CloudEvent event, String name) {
        Object value = event.getExtension(name);
        return value == null ? null : value.toString();
    }

    private static String required(CloudEvent event, String name) {
        String value = extension(event, name);
        if (value == null) {
            throw new IllegalArgumentException(
                    "CloudEvent \"%s\" of type \"%s\" lacks the extension \"%s\""
                            .formatted(event.getId(), event.getType(), name));
        }
        return value;
    }

    /// Tags with blanks between them; a blank in a tag is `%20`, and a percent sign `%25`.
    private static String join(Set<Tag> tags) {
        Set<String> texts = new TreeSet<>();
        tags.forEach(tag -> texts.add(tag.toString().replace("%", "%25").replace(" ", "%20")));
        return String.join(" ", texts);
    }

    private static Set<Tag> split(@Nullable String tags) {
        return tags == null
                ? Set.of()
                : Stream.of(tags.split(" ", -1))
                        .map(tag -> Tag.parse(tag.replace("%20", " ").replace("%25", "%")))
                        .collect(Collectors.toUnmodifiableSet());
    }
}
