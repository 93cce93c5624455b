package dev.twofold.catalog.cli;

import dev.twofold.catalog.cluster.Cluster;
import dev.twofold.catalog.cluster.Control;
import dev.twofold.catalog.cluster.Table;
import dev.twofold.catalog.database.DataFolder;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/// `catalog cluster`: all parts of a catalog on this machine, until it is stopped.
@Command(
        name = "cluster",
        mixinStandardHelpOptions = true,
        description = {
            "Runs all parts of a catalog on this machine, as processes, to play with:",
            "PostgreSQL and a replica, a Kafka broker, Redis, two command nodes, two query nodes"
                + " (one fed by the log, one by Kafka with a database of its own), a relay and its"
                + " standby, behind one address."
        })
final class ClusterCommands implements Callable<Integer> {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "cluster-data",
            scope = ScopeType.INHERIT,
            description = "Folder that keeps the data of all parts (default: ${DEFAULT-VALUE}).")
    private Path data = Path.of("cluster-data");

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "8080",
            description = "Port in front; 0 for any free one (default: ${DEFAULT-VALUE}).")
    private int port;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws InterruptedException {
        // callers are known to the nodes by the host that they asked
        System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
        PrintWriter out = spec.commandLine().getOut();
        CountDownLatch closed = new CountDownLatch(1);
        Thread main = Thread.currentThread();
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    if (closed.getCount() > 0) {
                                        main.interrupt();
                                    }
                                    awaitEnd(closed);
                                },
                                "cluster-stop"));
        try (Cluster cluster = Cluster.start(data, port, out::println)) {
            Control.of(cluster);
            out.println("The cluster answers at " + cluster.address());
            out.println("Its data is in %s. Ctrl-C stops it.".formatted(data.toAbsolutePath()));
            out.flush();
            if (Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent()) {
                Thread.ofVirtual().name("cluster-table").start(() -> paint(cluster, out));
            }
            cluster.awaitStop();
        } catch (InterruptedException _) {
            out.println("Stopping…");
            out.flush();
        } finally {
            closed.countDown();
        }
        return ExitCode.OK;
    }

    /// Paints the table anew every second, over the one before.
    private static void paint(Cluster cluster, PrintWriter out) {
        CountDownLatch never = new CountDownLatch(1);
        int lines = 0;
        try {
            do {
                String table = Table.of(cluster.rows());
                String up = lines == 0 ? "" : "\033[%dA".formatted(lines);
                out.println(up + "\033[J" + table);
                out.flush();
                lines = (int) table.lines().count();
            } while (!never.await(1, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void awaitEnd(CountDownLatch closed) {
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Command(name = "status", description = "Shows each part once.")
    int status() throws IOException, InterruptedException {
        return send("status");
    }

    @Command(
            name = "kill",
            description = {
                "Kills a part, as kill -9 does.",
                "A role stands for the one of its parts that is at work, such as the active relay."
            })
    int kill(@Parameters(paramLabel = "PART-OR-ROLE") String name)
            throws IOException, InterruptedException {
        return send("kill/" + CatalogClient.part(name));
    }

    @Command(name = "pause", description = "Suspends a part, which keeps its connections.")
    int pause(@Parameters(paramLabel = "PART-OR-ROLE") String name)
            throws IOException, InterruptedException {
        return send("pause/" + CatalogClient.part(name));
    }

    @Command(
            name = "restore",
            description = "Brings a part back that was killed or paused; a role stands for all.")
    int restore(@Parameters(paramLabel = "PART-OR-ROLE") String name)
            throws IOException, InterruptedException {
        return send("restore/" + CatalogClient.part(name));
    }

    @Command(name = "stop", description = "Stops all parts; their data stays.")
    int stop() throws IOException, InterruptedException {
        return send("stop");
    }

    private int send(String order) throws IOException, InterruptedException {
        DataFolder.Claim.InUse holder = DataFolder.holder(data);
        URI address =
                holder.address()
                        .orElseThrow(
                                () ->
                                        new IllegalStateException(
                                                "no cluster runs on the folder %s, or it is still starting; start one with \"catalog cluster\", or name another folder with --data"
                                                        .formatted(data.toAbsolutePath())));
        spec.commandLine().getOut().println(Control.send(data, address, order));
        return ExitCode.OK;
    }
}
