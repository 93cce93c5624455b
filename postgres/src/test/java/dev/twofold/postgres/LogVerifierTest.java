package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LogVerifierTest {
    private final TestPostgres.Database database = Logs.empty();

    @BeforeEach
    void write_a_log() {
        try (PostgresEventStore store = new PostgresEventStore(database.dataSource())) {
            for (int i = 0; i < 6; i++) {
                store.append(
                        Append.of(
                                List.of(
                                        Logs.event(Logs.stream(i % 2), "thing", Logs.tag(i)),
                                        Logs.event(null, "other", Logs.tag(1), Logs.tag(2)))));
            }
        }
    }

    @Test
    void a_log_as_it_was_written_has_no_faults() {
        List<Long> progress = new ArrayList<>();

        LogFaults faults = new LogVerifier(database.dataSource()).verify(progress::add);

        assertThat(faults).isEqualTo(new LogFaults(12, List.of(), false));
        assertThat(progress).containsExactly(12L);
    }

    @Test
    void names_a_missing_position_and_the_version_that_does_not_follow() throws SQLException {
        damage("DELETE FROM twofold.event WHERE position = 5");

        assertThat(faults())
                .containsExactly(
                        "tag \"tag:2\" leads to position 5, where no event has it",
                        "there is no event at position 5",
                        "version 3 of stream \"thing-0\", at position 9, does not follow on"
                                + " version 2");
    }

    @Test
    void names_an_event_that_was_changed() throws SQLException {
        damage("UPDATE twofold.event SET data = '{\"a\": 2}' WHERE position = 3");

        assertThat(faults())
                .containsExactly(
                        "the event at position 3 is not what was appended: its checksum does not"
                                + " fit");
    }

    @Test
    void names_a_tag_that_is_not_found_and_one_that_leads_nowhere() throws SQLException {
        damage("UPDATE twofold.event_tag SET tag = 'tag:9' WHERE position = 7");

        assertThat(faults())
                .containsExactly(
                        "tag \"tag:9\" leads to position 7, where no event has it",
                        "the event at position 7 has tag \"tag:3\", under which conditions do not"
                                + " find it");
    }

    @Test
    void names_a_snapshot_that_has_seen_more_than_the_log_holds() throws SQLException {
        damage(
                """
                INSERT INTO twofold.snapshot (name, boundary, revision, position, state)
                VALUES ('balance', 'x', 1, 13, '{}')
                """);

        assertThat(faults())
                .containsExactly(
                        "a snapshot \"balance\" has seen position 13, but the log ends at 12: was"
                                + " the log restored without it?");
    }

    @Test
    void lists_the_first_hundred_faults_and_says_that_there_are_more() throws SQLException {
        damage("UPDATE twofold.event SET position = position + 1000");

        LogFaults faults = new LogVerifier(database.dataSource()).verify(position -> {});

        assertThat(faults.first()).hasSize(100).contains("there is no event at position 1");
        assertThat(faults.more()).isTrue();
    }

    private List<String> faults() {
        return new LogVerifier(database.dataSource())
                .verify(position -> {}).first().stream().sorted().toList();
    }

    private void damage(String sql) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
