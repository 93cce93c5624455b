package dev.twofold.catalog.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.OwnCatalog;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ProjectionCommandsTest {
    @TempDir private static Path temp;
    private static OwnCatalog catalog;

    private record Ran(int exitCode, String out, String err) {}

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
    void shows_projections_and_makes_one_anew() {
        Ran rebuilt = run("rebuild", "product-page", "--pace", "60", "--partitions", "1");
        assertThat(rebuilt.err).isEmpty();
        assertThat(rebuilt.exitCode).isZero();
        assertThat(rebuilt.out).containsPattern("Generation \\d+ serves\\.");
        assertThat(run("status", "product-page").out)
                .containsPattern("\\d+ +2 +serving +\\d+ +100 .* 60 ")
                .containsPattern("\\d+ +2 +retired");
        Ran back = run("rollback", "product-page");
        assertThat(back.out).containsPattern("Generation \\d+ serves again");
        Ran none = run("cancel", "product-page");
        assertThat(none.exitCode).isEqualTo(1);
        assertThat(none.err).contains("no generation of \"product-page\" is being built");
        Ran unknown = run("rebuild", "product-paeg");
        assertThat(unknown.exitCode).isEqualTo(1);
        assertThat(unknown.err).contains("product-paeg", "only [", "product-page");
    }

    @Test
    void shows_how_long_it_will_take_and_gives_it_up() {
        catalog.rename("first", "Name of first", 1_000);
        Ran begun = run("rebuild", "search-english", "--pace", "2", "--no-wait");
        assertThat(begun.exitCode).isZero();
        assertThat(begun.out).contains("it serves once it has caught up");
        String line;
        do {
            line = building("search-english");
        } while (!line.matches(".* \\d+:\\d\\d:\\d\\d +2 .*"));

        Ran cancelled = run("cancel", "search-english");
        assertThat(cancelled.err).isEmpty();
        assertThat(cancelled.exitCode).isZero();
        assertThat(cancelled.out).contains("is given up; the generation that serves goes on");
        assertThat(run("status", "search-english").out)
                .contains("serving")
                .doesNotContain("building");
    }

    /// What is told of the generation that is being built.
    private static String building(String projection) {
        return run("status", projection)
                .out
                .lines()
                .filter(line -> line.contains(" building "))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void compares_with_the_log_and_repairs() {
        Ran verified = run("verify", "product-page", "--sample", "10");
        assertThat(verified.exitCode).isZero();
        assertThat(verified.out)
                .containsPattern(": ([1-9]) documents, \\1 in the one that serves;")
                .contains(" 0 different");
        Ran repaired = run("repair", "product-page", "first");
        assertThat(repaired.exitCode).isZero();
        assertThat(repaired.out).contains("The document was right", "Name of first");
    }

    @Test
    void gives_a_parked_event_up_and_retries_another_one() throws SQLException {
        String position = Long.toString(catalog.poison("ghost"));
        while (!run("parked", "list", "product-page").out.contains(" parked ")) {
            // not yet come to, or tried often enough
        }
        Ran listed = run("list");
        assertThat(listed.exitCode).isEqualTo(1);
        assertThat(listed.out)
                .contains("PROJECTION", "SECONDS", "RETRIED", "OWNER", "product-page", "serving")
                .contains("! product-page has parked 1 events, allowed are 0");
        assertThat(run("parked", "show", "product-page", position).out)
                .contains("product-renamed", "Ghost", "no creation of product \"ghost\"", "\tat ");
        Ran retried = run("parked", "retry", "product-page", position);
        assertThat(retried.exitCode).isEqualTo(1);
        assertThat(retried.out).contains("It waits at position " + position);
        assertThat(run("parked", "drop", "product-page", position).exitCode).isEqualTo(2);
        Ran dropped = run("parked", "drop", "product-page", position, "--reason", "was never made");
        assertThat(dropped.exitCode).isZero();
        assertThat(run("parked", "list", "product-page").out).contains("because was never made");
        long mended = catalog.poison("spectre");
        while (run("parked", "drop", "search-english", position, "--reason", "never made").exitCode
                != 0) {
            // not yet come to
        }
        while (run(
                                "parked",
                                "drop",
                                "category-count",
                                position,
                                "--stopped",
                                "--reason",
                                "never made")
                        .exitCode
                != 0) {
            // not yet come to, or tried often enough
        }

        for (String projection : List.of("product-page", "search-english")) {
            while (!run("parked", "show", projection, "" + mended).out.contains("next at -")) {
                // not yet tried often enough
            }
        }
        catalog.mend(mended, "spectre");
        Ran taken = run("parked", "retry", "product-page", "" + mended);
        assertThat(taken.out).contains("The document has taken in all.");
        assertThat(taken.exitCode).isZero();
        Ran all = run("parked", "retry", "search-english", "--all");
        assertThat(all.out).contains("All documents have taken in all.");
        assertThat(all.exitCode).isZero();
        while (run("list").exitCode != 0) {
            // not yet beyond it
        }
    }

    @Test
    void retries_one_event_or_all_but_not_both() {
        for (Ran ran :
                List.of(
                        run("parked", "retry", "product-page"),
                        run("parked", "retry", "product-page", "7", "--all"),
                        run("parked", "retry", "product-page", "--key", "ghost", "--all"))) {
            assertThat(ran.exitCode).isEqualTo(2);
            assertThat(ran.err).contains("the POSITION of an event", "or --all");
        }
    }

    @Test
    void makes_no_data_folder_to_look_into_it() {
        Path none = temp.resolve("none");
        Ran ran = execute("projection", "list", "--data", none.toString());
        assertThat(ran.exitCode).isEqualTo(1);
        assertThat(ran.err).contains("there is no data folder", "--data", "--url");
        assertThat(none).doesNotExist();
    }

    private static Ran run(String... args) {
        List<String> all = new ArrayList<>(List.of("projection"));
        all.addAll(List.of(args));
        all.addAll(List.of("--url", catalog.address().toString()));
        return execute(all.toArray(String[]::new));
    }

    private static Ran execute(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Serve.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        int exitCode = line.execute(args);
        return new Ran(exitCode, out.toString(), err.toString());
    }
}
