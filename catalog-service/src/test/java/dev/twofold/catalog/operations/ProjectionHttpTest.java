package dev.twofold.catalog.operations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.OwnCatalog;
import dev.twofold.catalog.http.Api;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ProjectionHttpTest {
    @TempDir private static Path temp;
    private static OwnCatalog catalog;

    @BeforeAll
    static void start() throws Exception {
        catalog = new OwnCatalog(temp);
        catalog.create("first");
    }

    @AfterAll
    static void stop() {
        catalog.close();
    }

    @Test
    void tells_how_each_partition_is_doing() throws Exception {
        JsonNode partition =
                catalog.json("GET", "/projections", "")
                        .path("partitions")
                        .valueStream()
                        .filter(one -> one.path("projection").asString().equals("product-page"))
                        .findFirst()
                        .orElseThrow();
        assertThat(partition.path("role").asString()).isEqualTo("serving");
        assertThat(partition.path("generation").intValue()).isPositive();
        assertThat(partition.path("owner").asString()).isNotBlank();
        assertThat(partition.propertyNames())
                .contains(
                        "lag",
                        "lagSeconds",
                        "rate",
                        "batch",
                        "parked",
                        "retried",
                        "pending",
                        "position");
    }

    /// What another program made, as far as its fingerprint tells.
    @Test
    void says_that_a_view_has_changed_without_a_new_revision() throws Exception {
        assertThat(catalog.json("GET", "/projections", "").path("notes")).isEmpty();
        catalog.execute(
                "UPDATE twofold.projection SET fingerprint = 'other' || fingerprint"
                        + " WHERE projection = 'product-page'");
        JsonNode listing = catalog.json("GET", "/projections", "");
        catalog.execute(
                "UPDATE twofold.projection SET fingerprint = substr(fingerprint, 6)"
                        + " WHERE projection = 'product-page'");

        assertThat(listing.path("alarms")).isEmpty();
        assertThat(listing.path("notes").get(0).asString())
                .contains("product-page revision 2 has changed", "raise the revision");
    }

    @Test
    void measures_projections_for_prometheus() throws Exception {
        String metrics = "";
        while (!metrics.contains("twofold_projection_owner{")) {
            // not read since the first batch
            metrics = catalog.send("GET", "/actuator/prometheus", "").body();
        }
        assertThat(metrics)
                .contains("twofold_projection_lag_events{")
                .contains("twofold_projection_parked_events{")
                .contains("twofold_projection_retried_events{")
                .contains("twofold_projection_pending_events{")
                .contains("twofold_projection_lag_time_seconds{")
                .contains("projection=\"product-page\"");
    }

    @Test
    void makes_a_projection_anew_and_goes_back_to_the_one_before() throws Exception {
        JsonNode taken = catalog.json("POST", "/projections/product-page/rebuild?pace=40", "");
        int generation = taken.path("generation").intValue();
        String role = "";
        while (!role.equals("serving")) {
            JsonNode status = catalog.json("GET", taken.path("checkUrl").asString(), "");
            role = generation(status, generation).path("role").asString();
        }
        JsonNode status = catalog.json("GET", "/projections/product-page", "");
        assertThat(generation(status, generation).path("percent").intValue()).isEqualTo(100);
        assertThat(generation(status, generation).path("pace").intValue()).isEqualTo(40);
        assertThat(generation(status, generation - 1).path("role").asString()).isEqualTo("retired");

        JsonNode back = catalog.json("POST", "/projections/product-page/rollback", "");
        assertThat(back.path("generation").intValue()).isEqualTo(generation - 1);
        assertThat(catalog.json("DELETE", "/projections/product-page/rebuild", "").path("type"))
                .hasToString("\"urn:twofold:problem:nothing-being-built\"");
    }

    /// At the lowest pace but one there is a rest of many batches' time after each.
    @Test
    void tells_how_long_a_rebuild_will_take_and_gives_it_up() throws Exception {
        catalog.rename("first", "Name of first", 1_000);
        JsonNode before = catalog.json("GET", "/projections/search-english", "");
        JsonNode taken = catalog.json("POST", "/projections/search-english/rebuild?pace=2", "");
        int generation = taken.path("generation").intValue();
        JsonNode building;
        do {
            JsonNode status = catalog.json("GET", taken.path("checkUrl").asString(), "");
            building = generation(status, generation);
            assertThat(building.path("role").asString()).isEqualTo("building");
        } while (!building.path("secondsLeft").isNumber());
        assertThat(building.path("secondsLeft").longValue())
                .isEqualTo(
                        (long)
                                ((building.path("head").longValue()
                                                - building.path("position").longValue())
                                        / building.path("rate").doubleValue()));
        assertThat(building.path("percent").intValue()).isLessThan(100);

        assertThat(
                        catalog.json("DELETE", "/projections/search-english/rebuild", "")
                                .path("message")
                                .asString())
                .contains("is given up");
        JsonNode after = catalog.json("GET", "/projections/search-english", "");
        assertThat(after.path("generations").findValuesAsString("generation"))
                .isEqualTo(before.path("generations").findValuesAsString("generation"));
        assertThat(after.path("generations").findValuesAsString("role")).contains("serving");
    }

    @Test
    void compares_documents_with_the_log_and_repairs_one() throws Exception {
        JsonNode verified = catalog.json("POST", "/projections/product-page/verify?sample=100", "");
        assertThat(verified.path("compared").longValue()).isPositive();
        assertThat(verified.path("different").longValue()).isZero();
        assertThat(verified.path("documentsServed").longValue())
                .isPositive()
                .isEqualTo(verified.path("documents").longValue());
        JsonNode repaired = catalog.json("POST", "/projections/product-page/repair?key=first", "");
        assertThat(repaired.path("after").asString()).contains("Name of first");
    }

    @Test
    void looks_into_parked_events_retries_them_and_gives_them_up_with_a_reason() throws Exception {
        long position = catalog.poison("ghost");
        String event = "/projections/product-page/parked/" + position;
        while (catalog.send("GET", event, "").statusCode() == 404) {
            // not yet come to
        }
        JsonNode shown = catalog.json("GET", event, "");
        while (shown.path("parked").path("retried").booleanValue()) {
            shown = catalog.json("GET", event, "");
        }
        assertThat(Api.faults("ParkedEvent", shown)).isEmpty();
        assertThat(shown.path("type").asString()).isEqualTo("product-renamed");
        assertThat(shown.path("data").asString()).contains("Ghost");
        assertThat(shown.path("stack").asString()).contains("no creation of product");
        assertThat(shown.path("parked").path("key").asString()).isEqualTo("ghost");
        assertThat(catalog.json("GET", "/projections", "").path("alarms").toString())
                .contains("has parked 1 events");
        assertThat(catalog.json("GET", "/actuator/health", "").toString())
                .contains("DOWN", "has parked 1 events");

        assertThat(catalog.json("POST", event + "/retry", "").path("waiting").isObject()).isTrue();
        assertThat(catalog.send("POST", event + "/drop", "{\"because\": \" \"}").statusCode())
                .isEqualTo(409);
        assertThat(
                        catalog.json("POST", event + "/drop", "{\"because\": \"never made\"}")
                                .path("waiting")
                                .isNull())
                .isTrue();
        JsonNode left = catalog.json("GET", "/projections/product-page/parked", "");
        assertThat(Api.faults("ParkedListing", left)).isEmpty();
        assertThat(left.path("parked")).isEmpty();
        assertThat(left.path("dropped").path(0).path("because").asString()).isEqualTo("never made");

        long mended = catalog.poison("spectre");
        String searched = "/projections/search-english/parked/%d/drop".formatted(position);
        while (catalog.send("POST", searched, "{\"because\": \"never made\"}").statusCode()
                == 404) {
            // not yet come to
        }

        // an SQL projection has nothing to set aside, and stands still as a whole
        String stopped = "/projections/category-count/stopped/%d/drop".formatted(position);
        while (catalog.send("POST", stopped, "{\"because\": \"never made\"}").statusCode() == 409) {
            // not yet tried often enough
        }

        List<String> retried =
                Stream.of("product-page", "search-english")
                        .map(name -> "/projections/%s/parked/%d".formatted(name, mended))
                        .toList();
        for (String one : retried) {
            while (!isParked(catalog.json("GET", one, ""))) {
                // not yet tried often enough
            }
        }
        catalog.mend(mended, "spectre");
        for (String one : retried) {
            JsonNode outcome = catalog.json("POST", one + "/retry", "");
            assertThat(Api.faults("ParkedOutcome", outcome)).isEmpty();
            assertThat(outcome.path("message").asString())
                    .isEqualTo("Tried again. The document has taken in all.");
            assertThat(outcome.path("waiting").isNull()).isTrue();
            assertThat(catalog.send("GET", one, "").statusCode()).isEqualTo(404);
        }
        while (!catalog.json("GET", "/projections", "").path("alarms").isEmpty()) {
            // not yet beyond it
        }
    }

    /// Not one that is not come to yet.
    private static boolean isParked(JsonNode event) {
        return !event.path("parked").path("retried").asBoolean(true);
    }

    @Test
    void says_what_there_is_when_asked_for_what_there_is_not() throws Exception {
        JsonNode problem = catalog.json("POST", "/projections/product-paeg/rebuild", "");
        assertThat(problem.path("type").asString()).endsWith(":unknown-projection");
        assertThat(problem.path("detail").asString()).contains("product-page");
        assertThat(catalog.send("POST", "/projections/product-page/repair", "").statusCode())
                .isEqualTo(400);
    }

    private static JsonNode generation(JsonNode status, int generation) {
        return status.path("generations")
                .valueStream()
                .filter(one -> one.path("generation").intValue() == generation)
                .findFirst()
                .orElseThrow(() -> new AssertionError(status.toString()));
    }
}
