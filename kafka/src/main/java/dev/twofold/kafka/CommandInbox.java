package dev.twofold.kafka;

import dev.twofold.CommandOutcome;
import io.cloudevents.CloudEvent;
import io.cloudevents.rw.CloudEventRWException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;

/// Takes messages of others as commands, each with effect once.
///
/// A message is a CloudEvent; source and id together say which one it is, and are the command's
/// idempotency key, so what is sent or delivered again has no further effect for as long as the
/// receipts are kept. Messages of one partition are taken in order. One that was refused is done
/// with as one that was accepted. One that cannot be read goes to the topic `topic-rejected`, with
/// the reason in the header `twofold-reason`. While the store is out of reach, busy or contended, a
/// message is tried again, and none of its partition before.
///
/// Runs in a thread of its own once started; programs of one group share the partitions.
public final class CommandInbox implements AutoCloseable {
    private final Clients clients;
    private final String topic;
    private final String group;
    private final Commands commands;
    private final GroupLoop loop;

    /// What a message asks for.
    @FunctionalInterface
    public interface Commands {

        /// Carries out what the message asks for, as `handler.once(key, …).handle(…)` does.
        ///
        /// @param key the idempotency key: the same for the same message only
        /// @throws IllegalArgumentException if the message makes no sense, now or later
        CommandOutcome<?, ?> handle(String key, CloudEvent message);
    }

    /// @param kafka the settings of Kafka's clients: `bootstrap.servers` and what else is needed
    /// @param topic the messages
    /// @param group those who share the work
    public CommandInbox(Map<String, Object> kafka, String topic, String group, Commands commands) {
        this.clients = new Clients(kafka);
        this.topic = topic;
        this.group = group;
        this.commands = commands;
        this.loop = new GroupLoop("twofold-inbox-" + group, this::open, this::take);
    }

    public void start() {
        loop.start();
    }

    private Consumer<byte[], byte[]> open() {
        Consumer<byte[], byte[]> consumer = clients.member(group);
        consumer.subscribe(List.of(topic));
        return consumer;
    }

    private void take(List<ConsumerRecord<byte[], byte[]>> records) throws InterruptedException {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            try {
                CloudEvent message = EventMessages.cloudEvent(record);
                settle(commands.handle(key(message), message));
            } catch (CloudEventRWException | IllegalArgumentException e) {
                reject(record, String.valueOf(e.getMessage()));
            }
        }
    }

    private static void settle(CommandOutcome<?, ?> outcome) {
        switch (outcome) {
            case CommandOutcome.Accepted<?, ?> _,
                    CommandOutcome.Refused<?, ?> _,
                    CommandOutcome.Repeated<?, ?> _ -> {
                // done with
            }
            case CommandOutcome.Contended<?, ?>(int attempts) ->
                    throw new IllegalStateException(
                            "other writers were faster %d times".formatted(attempts));
            case CommandOutcome.Overloaded<?, ?>(var retryAfter) ->
                    throw new IllegalStateException(
                            "the store has too much to do; again in " + retryAfter);
        }
    }

    /// Source and id, which have no bound, in the 64 characters of their SHA-256.
    static String key(CloudEvent message) {
        String source = message.getSource().toString();
        String name = "%d %s %s".formatted(source.length(), source, message.getId());
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(name.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private void reject(ConsumerRecord<byte[], byte[]> record, String reason)
            throws InterruptedException {
        RecordHeaders headers = new RecordHeaders();
        for (Header header : record.headers()) {
            headers.add(header);
        }
        headers.add("twofold-reason", reason.getBytes(StandardCharsets.UTF_8));
        try (Producer<byte[], byte[]> producer = clients.producer()) {
            producer.send(
                            new ProducerRecord<>(
                                    topic + "-rejected",
                                    null,
                                    record.key(),
                                    record.value(),
                                    headers))
                    .get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    "the message at offset %d of %s-%d cannot be read, nor moved to %s-rejected"
                            .formatted(record.offset(), record.topic(), record.partition(), topic),
                    e.getCause());
        }
    }

    /// Lets the messages at hand be handled, and leaves the group.
    @Override
    public void close() {
        loop.close();
    }
}
