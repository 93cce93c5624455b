package dev.twofold.catalog.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// `catalog projection parked`: events that a projection has set aside.
@Command(
        name = "parked",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Looks into events that a projection has set aside for the document that they do not"
                    + " fit, tries them again, or gives them up.",
            "An event is named by its position, and by --key if several documents wait for it."
        })
final class ParkedCommands {
    @Spec private CommandSpec spec = CommandSpec.create();

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private static String path(String projection, long position, @Nullable String key) {
        return "%s/parked/%d%s"
                .formatted(
                        ProjectionCommands.path(projection),
                        position,
                        key == null ? "" : "?key=" + CatalogClient.part(key));
    }

    private static String path(
            String projection, long position, String action, @Nullable String key) {
        return "%s/parked/%d/%s%s"
                .formatted(
                        ProjectionCommands.path(projection),
                        position,
                        action,
                        key == null ? "" : "?key=" + CatalogClient.part(key));
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Lists what is set aside, and what has been dropped.")
    int list(@Parameters(paramLabel = "PROJECTION") String projection, @Mixin ServedCatalog catalog)
            throws IOException, InterruptedException {
        return catalog.ask(
                spec,
                client -> {
                    JsonNode answer = client.get(ProjectionCommands.path(projection) + "/parked");
                    Columns columns =
                            new Columns(
                                    "POSITION",
                                    "VIEW",
                                    "KEY",
                                    "GENERATION",
                                    "STATE",
                                    "ATTEMPTS",
                                    "NEXT",
                                    "REASON");
                    for (JsonNode one : answer.path("parked")) {
                        columns.line(
                                one.path("position").longValue(),
                                one.path("view").asString(),
                                one.path("key").asString(),
                                one.path("generation").intValue(),
                                one.path("retried").booleanValue() ? "retried" : "parked",
                                one.path("attempts").intValue(),
                                one.path("retryAt").asString("-"),
                                one.path("reason").asString("waits behind the one before"));
                    }
                    columns.print(out());
                    for (JsonNode one : answer.path("dropped")) {
                        out().println(
                                        "Dropped at %s: position %,d of \"%s\", because %s"
                                                .formatted(
                                                        one.path("droppedAt").asString(),
                                                        one.path("position").longValue(),
                                                        one.path("key").asString(""),
                                                        one.path("because").asString()));
                    }
                    return ExitCode.OK;
                });
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Shows an event, the document that it does not fit, and why.")
    int show(
            @Parameters(paramLabel = "PROJECTION") String projection,
            @Parameters(paramLabel = "POSITION") long position,
            @Option(names = "--key", paramLabel = "KEY", description = "Of the document.")
                    @Nullable String key,
            @Mixin ServedCatalog catalog)
            throws IOException, InterruptedException {
        return catalog.ask(
                spec,
                client -> {
                    JsonNode answer = client.get(path(projection, position, key));
                    JsonNode parked = answer.path("parked");
                    out().println(
                                    "Position %,d, %s revision %d, recorded at %s"
                                            .formatted(
                                                    position,
                                                    answer.path("type").asString(),
                                                    answer.path("revision").intValue(),
                                                    answer.path("recordedAt").asString()));
                    out().println("Stored:    " + answer.path("data").asString());
                    out().println("Read as:   " + answer.path("current").asString());
                    out().println(
                                    "Document:  %s \"%s\": %s"
                                            .formatted(
                                                    parked.path("view").asString(),
                                                    parked.path("key").asString(),
                                                    answer.path("document").asString("none")));
                    out().println("Reason:    " + parked.path("reason").asString("-"));
                    out().println(
                                    "Attempts:  %d, next at %s"
                                            .formatted(
                                                    parked.path("attempts").intValue(),
                                                    parked.path("retryAt").asString("-")));
                    out().println(answer.path("stack").asString(""));
                    return ExitCode.OK;
                });
    }

    @Command(
            name = "retry",
            mixinStandardHelpOptions = true,
            description =
                    "Tries an event again, and those that wait behind it; or all, with --all.")
    int retry(
            @Parameters(paramLabel = "PROJECTION") String projection,
            @Parameters(paramLabel = "POSITION", arity = "0..1") @Nullable Long position,
            @Option(names = "--key", paramLabel = "KEY", description = "Of the document.")
                    @Nullable String key,
            @Option(names = "--all", description = "All that the projection has set aside.")
                    boolean all,
            @Mixin ServedCatalog catalog)
            throws IOException, InterruptedException {
        if (all == (position != null) || (all && key != null)) {
            throw new ParameterException(
                    Objects.requireNonNull(spec.subcommands().get("retry")),
                    "name either the POSITION of an event, with --key or without, or --all");
        }
        String path =
                position == null
                        ? ProjectionCommands.path(projection) + "/parked/retry"
                        : path(projection, position, "retry", key);
        return catalog.ask(spec, client -> outcome(client.post(path)));
    }

    @Command(
            name = "drop",
            mixinStandardHelpOptions = true,
            description = {
                "Gives an event up for its document; it is kept with the reason.",
                "Also the event at which a projection as a whole has stopped, with --stopped."
            })
    int drop(
            @Parameters(paramLabel = "PROJECTION") String projection,
            @Parameters(paramLabel = "POSITION") long position,
            @Option(
                            names = "--reason",
                            paramLabel = "TEXT",
                            required = true,
                            description = "Why it is given up.")
                    String reason,
            @Option(names = "--key", paramLabel = "KEY", description = "Of the document.")
                    @Nullable String key,
            @Option(
                            names = "--stopped",
                            description = "The event at which the projection has stopped.")
                    boolean stopped,
            @Mixin ServedCatalog catalog)
            throws IOException, InterruptedException {
        JsonNode body = JsonNodeFactory.instance.objectNode().put("because", reason);
        return catalog.ask(
                spec,
                client ->
                        outcome(
                                client.post(
                                        stopped
                                                ? "%s/stopped/%d/drop"
                                                        .formatted(
                                                                ProjectionCommands.path(projection),
                                                                position)
                                                : path(projection, position, "drop", key),
                                        body)));
    }

    private int outcome(JsonNode answer) {
        out().println(answer.path("message").asString());
        JsonNode waiting = answer.path("waiting");
        if (!waiting.isObject()) {
            return ExitCode.OK;
        }
        out().println(
                        "It waits at position %,d: %s"
                                .formatted(
                                        waiting.path("position").longValue(),
                                        waiting.path("reason").asString("behind another event")));
        return ExitCode.SOFTWARE;
    }
}
