package dev.twofold.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.cluster.History.Acknowledged;
import dev.twofold.cluster.History.Answer;
import dev.twofold.cluster.History.Entry;
import org.junit.jupiter.api.Test;

/// That a history in which something is wrong is told from one in which nothing is.
class HistoryTest {
    private final History history = new History();

    HistoryTest() {
        for (int price = 2; price <= 6; price++) {
            history.acknowledged().add(new Acknowledged("a", price));
            history.answers().add(new Answer("a", price, price + 1, price + 1));
        }
        history.log().add(new Entry(1, "a", 1, 1));
        history.log().add(new Entry(2, "", 0, 0));
        for (int price = 2; price <= 7; price++) {
            history.log().add(new Entry(price + 1, "a", price, price));
        }
        history.topic().addAll(history.log());
    }

    @Test
    void finds_nothing_where_nothing_is_wrong() {
        assertThat(history.faults()).isEmpty();
    }

    @Test
    void finds_a_lost_command() {
        history.acknowledged().add(new Acknowledged("a", 8));
        assertThat(history.faults()).singleElement().asString().startsWith("lost: ");
    }

    @Test
    void finds_a_double_effect() {
        add(new Entry(9, "a", 8, 7));
        assertThat(history.faults()).singleElement().asString().startsWith("double: ");
    }

    @Test
    void finds_a_command_that_was_overtaken() {
        add(new Entry(9, "a", 8, 9));
        add(new Entry(10, "a", 9, 8));
        assertThat(history.faults()).singleElement().asString().startsWith("order: ");
    }

    @Test
    void finds_a_version_or_position_that_is_missing() {
        add(new Entry(9, "a", 9, 8));
        add(new Entry(11, "", 0, 0));
        assertThat(history.faults())
                .hasSize(2)
                .anyMatch(fault -> fault.startsWith("order: "))
                .anyMatch(fault -> fault.startsWith("gap: "));
    }

    @Test
    void finds_an_answer_that_is_older_than_its_token() {
        history.answers().add(new Answer("a", 5, 4, 7));
        assertThat(history.faults()).singleElement().asString().startsWith("stale: ");
    }

    @Test
    void finds_an_answer_that_nobody_gave_cause_for() {
        history.answers().add(new Answer("a", 5, 6, 5));
        assertThat(history.faults()).singleElement().asString().startsWith("invented: ");
    }

    @Test
    void finds_an_event_that_is_not_in_the_topic() {
        history.topic().remove(3);
        assertThat(history.faults()).singleElement().asString().startsWith("not relayed: ");
    }

    @Test
    void finds_an_event_that_is_in_the_topic_again() {
        history.topic().add(history.topic().getLast());
        assertThat(history.faults())
                .anyMatch(fault -> fault.startsWith("relayed twice: "))
                .anyMatch(fault -> fault.startsWith("relayed out of order: "));
    }

    @Test
    void finds_events_of_a_key_that_are_in_the_topic_in_another_order() {
        history.topic().addFirst(history.topic().remove(4));
        assertThat(history.faults()).anyMatch(fault -> fault.startsWith("relayed out of order: "));
    }

    private void add(Entry entry) {
        history.log().add(entry);
        history.topic().add(entry);
    }
}
