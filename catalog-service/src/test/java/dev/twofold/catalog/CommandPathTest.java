package dev.twofold.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.CommandHandler;
import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Contended;
import dev.twofold.Metadata;
import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.brand.BrandCommand.CreateBrand;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.catalog.product.ProductCommand.RenameProduct;
import dev.twofold.testkit.TestPostgres;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.ValidatorFactory;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.MDC;

/// What every command of the catalog goes through.
class CommandPathTest {
    private static final String CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private final List<String> observed = new ArrayList<>();
    private final List<Metadata> handled = new ArrayList<>();
    private int contentions;

    @TempDir Path temp;

    @Test
    void every_text_of_a_command_that_is_none_is_named_and_nothing_is_done() {
        assertThatThrownBy(() -> send(new CreateBrand("\t", "x".repeat(201)), Metadata.none()))
                .isInstanceOf(ConstraintViolationException.class)
                .hasMessageContaining("brandId: it is blank; give at least one character")
                .hasMessageContaining("name: it has 201 characters, the limit is 200");
        assertThat(handled).isEmpty();
        send(new CreateBrand(null, "Acme"), Metadata.none());
        assertThat(handled).hasSize(1);
    }

    @Test
    void a_command_is_observed_with_its_outcome() {
        send(new CreateBrand("acme", "Acme"), Metadata.none());
        assertThatThrownBy(() -> send(new CreateBrand("acme", " "), Metadata.none()))
                .isInstanceOf(ConstraintViolationException.class);

        assertThat(observed)
                .containsExactly(
                        "twofold.command CreateBrand accepted",
                        "twofold.command CreateBrand error");
    }

    @Test
    void a_command_has_a_span_of_its_own_in_the_trace_of_its_caller_or_a_new_one() {
        send(new RenameProduct("p1", "Pot"), Metadata.none().withTrace(CALLER));
        send(new RenameProduct("p1", "Pot"), Metadata.none());
        send(new RenameProduct("p1", "Pot"), Metadata.none());

        List<String> traces =
                handled.stream().map(one -> Objects.requireNonNull(one.trace())).toList();
        assertThat(traces.getFirst())
                .matches("00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01")
                .isNotEqualTo(CALLER);
        assertThat(traces.subList(1, 3))
                .allMatch(trace -> trace.matches("00-[0-9a-f]{32}-[0-9a-f]{16}-00"))
                .doesNotHaveDuplicates();
        assertThat(MDC.get("trace")).isNull();
    }

    @Test
    void a_contended_command_is_handled_again_a_few_times() {
        contentions = 2;
        assertThat(send(new RenameProduct("p1", "Pot"), Metadata.none()))
                .isInstanceOf(Accepted.class);
        contentions = 100;
        assertThat(send(new RenameProduct("p1", "Pot"), Metadata.none()))
                .isEqualTo(new Contended<>(30));
        assertThat(handled).hasSize(6);
    }

    @Test
    void a_catalog_for_reading_only_takes_no_command_and_no_feed_and_observes_those_that_came()
            throws IOException, InterruptedException {
        try (DataFolder folder = ((Held) DataFolder.claim(temp)).folder();
                RunningCatalog catalog =
                        RunningCatalog.start(
                                folder,
                                new Settings(
                                        0,
                                        Settings.local(0).address(),
                                        TestPostgres.database().url(),
                                        Settings.KEEP_ANSWERS,
                                        true),
                                _ -> {})) {
            watch(catalog.part(ObservationRegistry.class));

            assertThat(post(catalog, "/brands", "application/json", "{\"name\": \"Acme\"}"))
                    .startsWith("403 ")
                    .contains("urn:twofold:problem:command-not-allowed", "--read-only");
            assertThat(post(catalog, "/feeds", "text/csv", "id,title,price\n1,One,1.00 EUR\n"))
                    .startsWith("403 ")
                    .contains("urn:twofold:problem:command-not-allowed");
            assertThat(get(catalog, "/brands")).startsWith("200 ").doesNotContain("Acme");
            assertThat(observed).contains("twofold.command CreateBrand error");
        }
    }

    private CommandOutcome<String, String> send(Object command, Metadata metadata) {
        ObservationRegistry registry = ObservationRegistry.create();
        watch(registry);
        try (ValidatorFactory constraints = CommandConstraints.factory()) {
            CommandHandler<Object, String, String> handler =
                    new CatalogService()
                            .commandPath(registry, new CommandAuthorization(false), constraints)
                            .around(this::handle);
            return handler.handle(command, metadata);
        }
    }

    private CommandOutcome<String, String> handle(Object command, Metadata metadata) {
        handled.add(metadata);
        assertThat(MDC.get("trace")).isEqualTo(metadata.trace());
        return contentions-- > 0 ? new Contended<>(10) : new Accepted<>("done", 7, 1);
    }

    private void watch(ObservationRegistry registry) {
        registry.observationConfig()
                .observationHandler(
                        new ObservationHandler<Observation.Context>() {
                            @Override
                            public void onStop(Observation.Context context) {
                                observed.add(
                                        "%s %s %s"
                                                .formatted(
                                                        context.getName(),
                                                        value(context, "command"),
                                                        value(context, "outcome")));
                            }

                            @Override
                            public boolean supportsContext(Observation.Context context) {
                                return "twofold.command".equals(context.getName());
                            }
                        });
    }

    /// The value of a key, by the text of the context.
    private static String value(Observation.Context context, String key) {
        Matcher matcher = Pattern.compile(key + "='([^']*)'").matcher(context.toString());
        return matcher.find() ? matcher.group(1) : "";
    }

    private static String post(RunningCatalog catalog, String path, String type, String body)
            throws IOException, InterruptedException {
        return send(
                HttpRequest.newBuilder(catalog.address().resolve(path))
                        .header("Content-Type", type)
                        .POST(BodyPublishers.ofString(body))
                        .build());
    }

    private static String get(RunningCatalog catalog, String path)
            throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(catalog.address().resolve(path)).build());
    }

    private static String send(HttpRequest request) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
            return response.statusCode() + " " + response.body();
        }
    }
}
