package dev.twofold.catalog.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// `catalog webhooks`: commands about who is told of events.
@Command(
        name = "webhooks",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Has events sent to other services over HTTP, signed, in order and at least once.",
            "Works through a running catalog; put an operator's key into CATALOG_KEY if it asks for"
                    + " one."
        })
final class WebhookCommands {
    private static final JsonMapper JSON = new JsonMapper();

    @Spec private CommandSpec spec = CommandSpec.create();

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description =
                    "Has events from now on sent to an address, and prints the secret that they"
                            + " are signed with, this once.")
    int add(
            @Parameters(paramLabel = "URL", description = "Begins with https://.") String url,
            @Option(
                            names = "--type",
                            paramLabel = "TYPE",
                            description =
                                    "Events of this type, such as price-changed; may be repeated"
                                            + " (default: all).")
                    @Nullable List<String> types,
            @Mixin ServedCatalog catalog)
            throws IOException, InterruptedException {
        ObjectNode body = JSON.createObjectNode().put("url", url);
        if (types != null) {
            types.forEach(body.putArray("types")::add);
        }
        return catalog.ask(
                spec,
                client -> {
                    JsonNode made = client.post("/webhooks", body);
                    out().println("Webhook " + made.path("webhookId").asString());
                    out().println("Secret  " + made.path("secret").asString());
                    return ExitCode.OK;
                });
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Lists webhooks, how far each has been told, and what is amiss.")
    int list(@Mixin ServedCatalog catalog) throws IOException, InterruptedException {
        return catalog.ask(
                spec,
                client -> {
                    Columns columns =
                            new Columns("ID", "STATE", "BEHIND", "ATTEMPTS", "URL", "PROBLEM");
                    for (JsonNode one : client.get("/webhooks").path("items")) {
                        columns.line(
                                one.path("webhookId").asString(),
                                one.path("state").asString(),
                                one.path("behind").longValue(),
                                one.path("attempts").intValue(),
                                one.path("url").asString(),
                                one.path("problem").asString("-"));
                    }
                    columns.print(out());
                    return ExitCode.OK;
                });
    }

    @Command(
            name = "deliveries",
            mixinStandardHelpOptions = true,
            description = "Lists the newest attempts to tell a webhook, the last first.")
    int deliveries(@Parameters(paramLabel = "ID") String id, @Mixin ServedCatalog catalog)
            throws IOException, InterruptedException {
        return catalog.ask(
                spec,
                client -> {
                    Columns columns =
                            new Columns(
                                    "AT", "POSITION", "TYPE", "ATTEMPT", "MS", "STATUS", "PROBLEM");
                    JsonNode answer = client.get(path(id) + "/deliveries");
                    for (JsonNode one : answer.path("items")) {
                        columns.line(
                                one.path("at").asString(),
                                one.path("position").longValue(),
                                one.path("type").asString(),
                                one.path("attempt").intValue(),
                                one.path("millis").longValue(),
                                one.path("status").asString("-"),
                                one.path("problem").asString("-"));
                    }
                    columns.print(out());
                    return ExitCode.OK;
                });
    }

    @Command(
            name = "retry",
            mixinStandardHelpOptions = true,
            description = "Has the next event tried at once, also by a webhook that is disabled.")
    int retry(@Parameters(paramLabel = "ID") String id, @Mixin ServedCatalog catalog)
            throws IOException, InterruptedException {
        return catalog.ask(
                spec,
                client -> {
                    out().println(
                                    "The webhook is %s."
                                            .formatted(
                                                    client.post(path(id) + "/retry")
                                                            .path("state")
                                                            .asString()));
                    return ExitCode.OK;
                });
    }

    @Command(
            name = "rotate",
            mixinStandardHelpOptions = true,
            description =
                    "Gives a webhook another secret and prints it, this once; deliveries are signed"
                            + " with both for a day.")
    int rotate(@Parameters(paramLabel = "ID") String id, @Mixin ServedCatalog catalog)
            throws IOException, InterruptedException {
        return catalog.ask(
                spec,
                client -> {
                    out().println(client.post(path(id) + "/rotate").path("secret").asString());
                    return ExitCode.OK;
                });
    }

    @Command(name = "remove", mixinStandardHelpOptions = true, description = "Ends a webhook.")
    int remove(@Parameters(paramLabel = "ID") String id, @Mixin ServedCatalog catalog)
            throws IOException, InterruptedException {
        return catalog.ask(
                spec,
                client -> {
                    out().println(client.delete(path(id)).path("message").asString());
                    return ExitCode.OK;
                });
    }

    private static String path(String id) {
        return "/webhooks/" + CatalogClient.part(id);
    }
}
