package dev.twofold.catalog.cli;

import dev.twofold.catalog.CatalogEvents;
import dev.twofold.catalog.kafka.CatalogKafka;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.kafka.Topics;
import dev.twofold.postgres.PostgresEventStore;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import me.tongfei.progressbar.ProgressBar;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `catalog log replay`: a stretch of the log, in a topic of its own.
@Command(
        name = "replay",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Publishes a stretch of the log to a Kafka topic of its own, such as for a consumer"
                    + " that",
            "has to begin anew. Done again for the same topic it goes on where it was; relays to",
            "other topics are not disturbed. Works beside a running catalog and without one."
        })
final class LogReplay implements Callable<Integer> {
    private static final Duration BROKER_ANSWERS = Duration.ofSeconds(10);

    @Option(
            names = "--kafka",
            paramLabel = "BOOTSTRAP",
            required = true,
            description = "Kafka brokers, HOST:PORT with commas between.")
    private String kafka = "";

    @Option(
            names = "--topic",
            paramLabel = "NAME",
            required = true,
            description = "The topic, which no relay publishes to. It is made if it is missing.")
    private String topic = "";

    @Option(
            names = "--after",
            paramLabel = "POSITION",
            defaultValue = "0",
            description = "The position after which it begins (default: ${DEFAULT-VALUE}).")
    private long after;

    @Option(
            names = "--up-to",
            paramLabel = "POSITION",
            defaultValue = "" + Long.MAX_VALUE,
            showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
            description = "The last position (default: where the log ends now).")
    private long upTo = Long.MAX_VALUE;

    @Option(
            names = "--client",
            paramLabel = "NAME=VALUE",
            description = "What else Kafka's client is told, such as security.protocol=SASL_SSL.")
    private Map<String, String> client = Map.of();

    @Mixin private Place place = new Place();

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        return LogDatabase.use(place, this::replay);
    }

    private int replay(DataSource database) {
        CatalogKafka brokers = new CatalogKafka(kafka, Topics.one(topic), client);
        requireAnswer(brokers);
        try (PostgresEventStore store = new PostgresEventStore(database)) {
            long last = Math.min(upTo, store.head());
            if (after > last) {
                throw new IllegalStateException(
                        "--after %d is beyond position %d, the last to replay"
                                .formatted(after, last));
            }
            long reached;
            try (ProgressBar bar = new ProgressBar("Replaying", last)) {
                reached =
                        brokers.replay(
                                store,
                                database,
                                CatalogEvents.types(new JacksonCodec()),
                                after,
                                last,
                                bar::stepTo);
            } catch (KafkaException e) {
                throw new IllegalStateException(
                        "topic \"%s\" could not be written; do it again to go on: %s"
                                .formatted(topic, e.getMessage()),
                        e);
            }
            spec.commandLine()
                    .getOut()
                    .println("Topic %s has the log up to position %,d.".formatted(topic, reached));
        }
        return ExitCode.OK;
    }

    private static void requireAnswer(CatalogKafka brokers) {
        try {
            brokers.fault(BROKER_ANSWERS)
                    .ifPresent(
                            fault -> {
                                throw new IllegalStateException(fault);
                            });
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted before a broker answered", e);
        }
    }
}
