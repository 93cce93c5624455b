package dev.twofold.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.benchmarks.AxonStreaming.Claim;
import dev.twofold.benchmarks.AxonStreaming.Handler;
import dev.twofold.benchmarks.AxonStreaming.Settings;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.ViewTable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.axonframework.eventsourcing.eventstore.EmbeddedEventStore;

/// The main class of a process that makes documents of what another one appends, until it is killed
/// or its input ends. Says `ready` once it has begun.
final class RecoveryNode {
    static final String VIEW = "item-page";
    static final String PROCESSOR = "recovery";
    private static final int POOL = 20;

    private RecoveryNode() {}

    /// @param args the database, `twofold`, `tracking` or `pooled`, and for the last two the
    ///   claim's timeout in milliseconds
    static void main(String[] args) throws IOException {
        Logger.getLogger("").setLevel(Level.SEVERE);
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(args[0]);
        config.setMaximumPoolSize(POOL);
        HikariDataSource pool = new HikariDataSource(config);
        switch (args[1]) {
            case "twofold" -> startTwofold(pool);
            case "tracking", "pooled" ->
                    startAxon(
                            pool,
                            args[1].equals("pooled"),
                            Duration.ofMillis(Long.parseLong(args[2])));
            default -> throw new IllegalArgumentException("there is no node " + args[1]);
        }
        IO.println("ready");
        while (System.in.read() >= 0) {
            // goes on until the input ends
        }
        System.exit(0);
    }

    private static void startTwofold(HikariDataSource pool) {
        Projections projections =
                new Projections(
                        pool,
                        new PostgresEventStore(pool),
                        List.of(
                                Projection.of(
                                        TwofoldContender.TYPES,
                                        new ViewTable<>(
                                                new ItemPageView(VIEW), new JacksonCodec()))));
        projections.start();
    }

    private static void startAxon(HikariDataSource pool, boolean pooled, Duration timeout) {
        AxonStreaming axon = new AxonStreaming(pool);
        Claim claim =
                timeout.equals(Claim.DEFAULT.timeout()) ? Claim.DEFAULT : Claim.within(timeout);
        axon.processor(
                        PROCESSOR,
                        new Settings(pooled, 1, pooled ? 16 : 1), // by default
                        Handler.EACH,
                        claim,
                        EmbeddedEventStore.builder().storageEngine(axon.engine(1)).build(),
                        source -> source.createHeadToken(),
                        _ -> {})
                .start();
    }
}
