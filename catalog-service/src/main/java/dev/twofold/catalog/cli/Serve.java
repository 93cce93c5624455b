package dev.twofold.catalog.cli;

import dev.twofold.catalog.Feed;
import dev.twofold.catalog.Role;
import dev.twofold.catalog.RunningCatalog;
import dev.twofold.catalog.RunningCatalog.Kafka;
import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.StartCheck;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.catalog.database.DataFolder.Claim.InUse;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/// `catalog`: serves the catalog until it is stopped.
@Command(
        name = "catalog",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            ImportFeed.class,
            ExportFeed.class,
            Keys.class,
            WebhookCommands.class,
            ProjectionCommands.class,
            Log.class,
            ClusterCommands.class
        },
        synopsisSubcommandLabel = "[COMMAND]",
        description = "Serves a product catalog over HTTP until Ctrl-C.",
        footer = {
            "",
            "Without a command it serves. It prints its address when it is ready.",
            "Exit codes: 0 done, 1 failed, 2 wrong options."
        })
public final class Serve implements Callable<Integer> {
    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "8080",
            description = "Port to listen on; 0 for any free one (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = "--address",
            paramLabel = "IP",
            defaultValue = "127.0.0.1",
            description = {
                "Address to listen on (default: ${DEFAULT-VALUE}, which other machines cannot"
                        + " reach).",
                "Beyond loopback, changes need a key; the first operator's is printed once."
            })
    private InetAddress address = InetAddress.getLoopbackAddress();

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description = {
                "A setting, such as catalog.access.public-read=false; may be repeated.",
                "docs/http.md lists them. The environment sets them too: CATALOG_ACCESS_PUBLICREAD."
            })
    private Map<String, String> properties = Map.of();

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            defaultValue = "all",
            description = {
                "What this node does: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).",
                "command takes commands and feeds, query keeps the views and answers queries, relay"
                        + " publishes the log to Kafka.",
                "Nodes share nothing but the --database-url, --kafka and --redis that they are"
                        + " given."
            })
    private Role role = Role.ALL;

    @Option(
            names = "--kafka",
            paramLabel = "BOOTSTRAP",
            description = {
                "Kafka brokers, HOST:PORT with commas between (default: none).",
                "A node with the role relay or all publishes the log there; one stands by for"
                        + " another."
            })
    private @Nullable String kafka;

    @Option(
            names = "--kafka-topic",
            paramLabel = "NAME",
            defaultValue = Kafka.TOPIC,
            description = {
                "The topic of the log, and what the names of others begin with (default:"
                        + " ${DEFAULT-VALUE})."
            })
    private String topic = Kafka.TOPIC;

    @Option(
            names = "--feed",
            paramLabel = "SOURCE",
            defaultValue = "database",
            description = {
                "Where a node with the role query gets the events from: ${COMPLETION-CANDIDATES}"
                        + " (default: ${DEFAULT-VALUE}).",
                "With kafka it keeps its views in a database of its own: --database-url, or else"
                        + " one on the data folder."
            })
    private Feed feed = Feed.DATABASE;

    @Option(
            names = "--keep-answers",
            paramLabel = "DURATION",
            defaultValue = "P7D",
            description = {
                "How long the answer to a request with an Idempotency-Key is kept, in the form of"
                        + " ISO 8601 (default: ${DEFAULT-VALUE}, seven days).",
                "After that the same key is taken for a new request."
            })
    private Duration keepAnswers = Settings.KEEP_ANSWERS;

    @Option(
            names = "--redis",
            paramLabel = "URI",
            description = {
                "Redis in which nodes share the product pages that they answer: redis://HOST:PORT,",
                "rediss://… (TLS), redis-sentinel://HOST:PORT#MASTER or"
                        + " redis-cluster://HOST:PORT,…",
                "(default: none; each keeps pages in its own memory)."
            })
    private @Nullable String redis;

    @Option(
            names = "--replica",
            paramLabel = "URL",
            description = {
                "A streaming replica of the database, which queries are answered from while it is"
                        + " fresh enough, as a JDBC URL; may be repeated."
            })
    private List<String> replicas = List.of();

    @Option(
            names = "--read-only",
            description = "Answer queries, and refuse every command and feed.")
    private boolean readOnly;

    @Mixin private Place place = new Place();

    @Spec private CommandSpec spec = CommandSpec.create();

    /// Runs a command line, and gives its exit code.
    public static int run(String... args) {
        return commandLine().execute(args);
    }

    static CommandLine commandLine() {
        return new CommandLine(new Serve())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Serve::wrongOption)
                .setExecutionExceptionHandler(Serve::failed);
    }

    /// Prints a diagnosis, or all there is to know of what nobody has thought of.
    private static int failed(Exception e, CommandLine line, ParseResult parsed) {
        if (e instanceof IllegalStateException || e instanceof UncheckedIOException) {
            line.getErr().println(e.getMessage());
        } else {
            e.printStackTrace(line.getErr());
        }
        return ExitCode.SOFTWARE;
    }

    private static int wrongOption(ParameterException e, String... args) {
        CommandLine line = e.getCommandLine();
        line.getErr().println(e.getMessage());
        if (!UnmatchedArgumentException.printSuggestions(e, line.getErr())) {
            line.getErr().print(line.getHelp().fullSynopsis());
        }
        line.getErr()
                .println(
                        "\"%s --help\" tells more."
                                .formatted(line.getCommandSpec().qualifiedName()));
        return ExitCode.USAGE;
    }

    /// What the options say.
    Settings settings() {
        return new Settings(port, address, place.postgres(), keepAnswers, readOnly)
                .sharing(redis)
                .as(role)
                .reading(replicas)
                .with(kafka == null ? null : new Kafka(kafka, topic, feed))
                .with(properties);
    }

    @Override
    public Integer call() throws InterruptedException {
        Settings settings = settings();
        List<String> wrong = new ArrayList<>(StartCheck.of(settings));
        if (kafka == null && feed == Feed.KAFKA) {
            wrong.add("--feed kafka needs --kafka, the addresses of brokers");
        }
        if (!wrong.isEmpty()) {
            wrong.forEach(spec.commandLine().getErr()::println);
            spec.commandLine().getErr().println("\"catalog --help\" tells more.");
            return ExitCode.USAGE;
        }
        return switch (DataFolder.claim(place.data())) {
            case InUse inUse -> {
                spec.commandLine().getErr().println(inUse.diagnosis());
                yield ExitCode.SOFTWARE;
            }
            case Held(var folder) -> serve(folder, settings);
        };
    }

    private int serve(DataFolder folder, Settings settings) {
        PrintWriter out = spec.commandLine().getOut();
        CountDownLatch stopped = new CountDownLatch(1);
        AtomicBoolean asked = new AtomicBoolean();
        Thread main = Thread.currentThread();
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    asked.set(true);
                                    if (stopped.getCount() > 0) {
                                        main.interrupt();
                                    }
                                    awaitEnd(stopped);
                                },
                                "catalog-stop"));
        try (folder;
                RunningCatalog catalog = RunningCatalog.start(folder, settings, out::println)) {
            out.println("The catalog answers at " + catalog.address());
            out.println("Its data is in %s. Ctrl-C stops it.".formatted(folder.path()));
            out.flush();
            new CountDownLatch(1).await();
            return ExitCode.OK;
        } catch (InterruptedException _) {
            return ExitCode.OK; // asked to stop
        } catch (IllegalStateException e) {
            if (asked.get()) {
                return ExitCode.OK; // while it was starting
            }
            throw e;
        } finally {
            stopped.countDown();
        }
    }

    private static void awaitEnd(CountDownLatch stopped) {
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
