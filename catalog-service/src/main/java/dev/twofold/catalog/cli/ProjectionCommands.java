package dev.twofold.catalog.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.StringJoiner;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `catalog projection`: how projections are doing, and having them made anew, compared with the
/// log and repaired.
@Command(
        name = "projection",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = ParkedCommands.class,
        description = {
            "Looks after the projections, which keep what queries read.",
            "Speaks to the catalog on the data folder, which is started for the time if it does"
                    + " not run."
        },
        footer = {
            "",
            "For a catalog that asks for the operator's key, put it into CATALOG_KEY.",
            "Exit codes: 0 done and well, 1 refused or something is amiss, 2 wrong options."
        })
final class ProjectionCommands {
    private static final Duration POLL = Duration.ofMillis(500);

    @Spec private CommandSpec spec = CommandSpec.create();

    static String path(String projection) {
        return "/projections/" + CatalogClient.part(projection);
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private int tell(JsonNode answer) {
        out().println(answer.path("message").asString());
        return ExitCode.OK;
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = {
                "Shows each partition of each generation: how far it is behind in events and"
                        + " seconds, its rate, last batch, parked, retried and pending events, and"
                        + " owner.",
                "Ends with exit code 1 if something is amiss, and says what.",
                "Says too when a view has changed and its revision has not."
            })
    int list(@Mixin ServedCatalog catalog) throws IOException, InterruptedException {
        return catalog.ask(
                spec,
                client -> {
                    JsonNode answer = client.get("/projections");
                    Columns columns =
                            new Columns(
                                    "PROJECTION",
                                    "GENERATION",
                                    "ROLE",
                                    "PARTITION",
                                    "POSITION",
                                    "LAG",
                                    "SECONDS",
                                    "RATE/S",
                                    "BATCH",
                                    "PARKED",
                                    "RETRIED",
                                    "PENDING",
                                    "OWNER");
                    for (JsonNode one : answer.path("partitions")) {
                        columns.line(
                                one.path("projection").asString(),
                                one.path("generation").intValue(),
                                one.path("role").asString(),
                                one.path("partition").intValue(),
                                one.path("position").longValue(),
                                one.path("lag").longValue(),
                                one.path("lagSeconds").doubleValue(),
                                one.path("rate").doubleValue(),
                                one.path("batch").intValue(),
                                one.path("parked").longValue(),
                                one.path("retried").longValue(),
                                one.path("pending").longValue(),
                                one.path("owner").asString("-"));
                    }
                    columns.print(out());
                    for (JsonNode alarm : answer.path("alarms")) {
                        out().println("! " + alarm.asString());
                    }
                    for (JsonNode note : answer.path("notes")) {
                        out().println("? " + note.asString());
                    }
                    return answer.path("alarms").isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
                });
    }

    @Command(
            name = "status",
            mixinStandardHelpOptions = true,
            description = "Shows the generations of a projection, with percent and time left.")
    int status(
            @Parameters(paramLabel = "PROJECTION") String projection, @Mixin ServedCatalog catalog)
            throws IOException, InterruptedException {
        return catalog.ask(
                spec,
                client -> {
                    JsonNode generations = client.get(path(projection)).path("generations");
                    Columns columns =
                            new Columns(
                                    "GENERATION",
                                    "REVISION",
                                    "ROLE",
                                    "POSITION",
                                    "PERCENT",
                                    "RATE/S",
                                    "LEFT",
                                    "PACE",
                                    "PARKED",
                                    "STOPPED BECAUSE");
                    for (JsonNode one : generations) {
                        columns.line(
                                one.path("generation").intValue(),
                                one.path("revision").intValue(),
                                one.path("role").asString(),
                                one.path("position").longValue(),
                                one.path("percent").intValue(),
                                one.path("rate").doubleValue(),
                                left(one),
                                one.path("pace").intValue(),
                                one.path("parked").longValue(),
                                one.path("reason").asString(""));
                    }
                    columns.print(out());
                    return ExitCode.OK;
                });
    }

    @Command(
            name = "rebuild",
            mixinStandardHelpOptions = true,
            description = {
                "Has a projection made anew from the log beside the one that serves, and put in its"
                        + " place once it has caught up.",
                "Waits for that and shows how far it is; goes on by itself when interrupted.",
                "It takes a tenth of the time of one thread, for the sake of queries.",
                "Again with another --pace, it goes on at that; 100 takes what the machine has."
            })
    int rebuild(
            @Parameters(paramLabel = "PROJECTION") String projection,
            @Option(
                            names = "--partitions",
                            paramLabel = "N",
                            description = "Into how many partitions; as many as now if not told.")
                    @Nullable Integer partitions,
            @Option(
                            names = "--pace",
                            paramLabel = "PERCENT",
                            description = "Of the time; 10 if not told, 100 for no rests.")
                    @Nullable Integer pace,
            @Option(names = "--no-wait", description = "Does not wait until it is done.")
                    boolean noWait,
            @Mixin ServedCatalog catalog)
            throws IOException, InterruptedException {
        StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
        if (partitions != null) {
            query.add("partitions=" + partitions);
        }
        if (pace != null) {
            query.add("pace=" + pace);
        }
        return catalog.ask(
                spec,
                client -> {
                    JsonNode taken = client.post(path(projection) + "/rebuild" + query);
                    tell(taken);
                    return noWait
                            ? ExitCode.OK
                            : follow(client, projection, taken.path("generation").intValue());
                });
    }

    private int follow(CatalogClient client, String projection, int generation)
            throws IOException, InterruptedException {
        int shown = -1;
        while (true) {
            JsonNode now = generation(client.get(path(projection)), generation);
            if (now.path("role").asString().equals("serving")) {
                out().println("Generation %d serves.".formatted(generation));
                return ExitCode.OK;
            }
            if (!now.path("role").asString().equals("building")) {
                out().println("Generation %d has been given up.".formatted(generation));
                return ExitCode.SOFTWARE;
            }
            if (now.path("reason").isString()) {
                out().println("It stands still: " + now.path("reason").asString());
                return ExitCode.SOFTWARE;
            }
            int percent = now.path("percent").intValue();
            if (percent != shown) {
                out().println(
                                "%d %%, %,.0f events a second, %s left"
                                        .formatted(
                                                percent,
                                                now.path("rate").doubleValue(),
                                                left(now)));
                shown = percent;
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private static JsonNode generation(JsonNode status, int generation) {
        return status.path("generations")
                .valueStream()
                .filter(one -> one.path("generation").intValue() == generation)
                .findFirst()
                .orElse(status.path("none"));
    }

    private static String left(JsonNode generation) {
        JsonNode seconds = generation.path("secondsLeft");
        if (!seconds.isNumber()) {
            return "-";
        }
        Duration left = Duration.ofSeconds(seconds.longValue());
        return "%d:%02d:%02d".formatted(left.toHours(), left.toMinutesPart(), left.toSecondsPart());
    }

    @Command(
            name = "cancel",
            mixinStandardHelpOptions = true,
            description = "Gives up the generation that is being built.")
    int cancel(
            @Parameters(paramLabel = "PROJECTION") String projection, @Mixin ServedCatalog catalog)
            throws IOException, InterruptedException {
        return catalog.ask(spec, client -> tell(client.delete(path(projection) + "/rebuild")));
    }

    @Command(
            name = "rollback",
            mixinStandardHelpOptions = true,
            description = "Has the generation serve again that served before.")
    int rollback(
            @Parameters(paramLabel = "PROJECTION") String projection, @Mixin ServedCatalog catalog)
            throws IOException, InterruptedException {
        return catalog.ask(spec, client -> tell(client.post(path(projection) + "/rollback")));
    }

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = {
                "Compares documents with what the log makes of them: of the generation that is"
                        + " being built, or else of the one that serves.",
                "Reads the whole log once. Ends with exit code 1 if one differs."
            })
    int verify(
            @Parameters(paramLabel = "PROJECTION") String projection,
            @Option(
                            names = "--sample",
                            paramLabel = "N",
                            defaultValue = "1000",
                            description = "About how many documents (default: ${DEFAULT-VALUE}).")
                    int sample,
            @Mixin ServedCatalog catalog)
            throws IOException, InterruptedException {
        return catalog.ask(
                spec,
                client -> {
                    JsonNode answer = client.post(path(projection) + "/verify?sample=" + sample);
                    out().println(
                                    "Generation %d at position %,d: %,d documents, %,d in the one that serves; %,d compared, %,d different, %,d wait for parked or pending events."
                                            .formatted(
                                                    answer.path("generation").intValue(),
                                                    answer.path("position").longValue(),
                                                    answer.path("documents").longValue(),
                                                    answer.path("documentsServed").longValue(),
                                                    answer.path("compared").longValue(),
                                                    answer.path("different").longValue(),
                                                    answer.path("setAside").longValue()));
                    for (JsonNode one : answer.path("differences")) {
                        out().println(
                                        "! %s \"%s\", %s: expected %s, stored %s"
                                                .formatted(
                                                        one.path("view").asString(),
                                                        one.path("key").asString(),
                                                        one.path("what").asString(),
                                                        one.path("expected").asString("none"),
                                                        one.path("stored").asString("none")));
                    }
                    return answer.path("different").longValue() == 0
                            ? ExitCode.OK
                            : ExitCode.SOFTWARE;
                });
    }

    @Command(
            name = "repair",
            mixinStandardHelpOptions = true,
            description = {
                "Folds one document anew from the log, and puts what comes of it in its place.",
                "Reads the whole log once."
            })
    int repair(
            @Parameters(paramLabel = "PROJECTION") String projection,
            @Parameters(paramLabel = "KEY") String key,
            @Mixin ServedCatalog catalog)
            throws IOException, InterruptedException {
        return catalog.ask(
                spec,
                client -> {
                    JsonNode answer =
                            client.post(
                                    path(projection) + "/repair?key=" + CatalogClient.part(key));
                    String reason = answer.path("reason").asString("");
                    String before = answer.path("before").asString("none");
                    String after = answer.path("after").asString("none");
                    out().println(
                                    reason.isEmpty()
                                            ? before.equals(after)
                                                    ? "The document was right: " + after
                                                    : "The document was %s and is now %s"
                                                            .formatted(before, after)
                                            : "The document stays as it is, since an event does"
                                                    + " not fit: "
                                                    + reason);
                    return reason.isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
                });
    }
}
