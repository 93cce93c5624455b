package dev.twofold.catalog.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.cluster.Evidence.Command;
import dev.twofold.catalog.cluster.Evidence.Kind;
import dev.twofold.catalog.cluster.Evidence.Published;
import dev.twofold.catalog.cluster.Evidence.Read;
import dev.twofold.catalog.cluster.Evidence.State;
import dev.twofold.catalog.cluster.Evidence.Stored;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Histories that cannot be are told from one that can.
class EvidenceTest {
    private static final String P = "p1";

    private final List<Command> commands =
            new ArrayList<>(
                    List.of(
                            new Command(1, P, Kind.CREATE, 1, 2, 1, 0),
                            new Command(2, P, Kind.PRICE, 3, 6, 2, 2),
                            new Command(3, P, Kind.STOCK, 4, 5, 3, 0),
                            new Command(4, P, Kind.STOCK, 7, 9, 0, 0), // nobody knows
                            new Command(5, P, Kind.PRICE, 10, 11, 4, 0)));
    private final List<Stored> log =
            new ArrayList<>(
                    List.of(
                            new Stored(1, "a", P, 1, Kind.CREATE, 1, 1_000),
                            new Stored(2, "b", P, 2, Kind.PRICE, 2, 0),
                            new Stored(3, "c", P, 3, Kind.STOCK, 3, 1_003),
                            new Stored(4, "d", P, 4, Kind.PRICE, 5, 0)));
    private final List<Read> reads =
            new ArrayList<>(
                    List.of(
                            new Read("front", P, 0, null),
                            new Read("front", P, 2, new State(3, 2, 1_003)),
                            new Read("query", P, 4, new State(4, 5, 1_003))));
    private final List<Published> topic =
            new ArrayList<>(
                    List.of(
                            new Published(0, "product-p1", 1, "a"),
                            new Published(0, "product-p1", 2, "b"),
                            new Published(0, "product-p1", 3, "c"),
                            new Published(0, "product-p1", 4, "d")));
    private final Map<String, Map<String, State>> documents =
            new TreeMap<>(Map.of("query", Map.of(P, new State(4, 5, 1_003))));

    @Test
    void a_history_in_which_all_agrees_has_no_violations() {
        assertThat(violations()).isEmpty();
    }

    @Test
    void a_command_whose_outcome_nobody_knows_may_have_had_an_effect() {
        add(new Stored(5, "e", P, 5, Kind.STOCK, 4, 1_007));
        documents.put("query", Map.of(P, new State(5, 5, 1_007)));
        assertThat(violations()).isEmpty();
    }

    @Test
    void an_acknowledged_command_is_lost() {
        commands.add(new Command(6, P, Kind.PRICE, 12, 13, 5, 0));
        assertOnly("was acknowledged and is lost");
    }

    @Test
    void a_command_has_two_effects() {
        add(new Stored(5, "e", P, 5, Kind.STOCK, 3, 1_006));
        documents.put("query", Map.of(P, new State(5, 5, 1_006)));
        assertThat(violations())
                .anySatisfy(one -> assertThat(one).contains("more than one effect"));
    }

    @Test
    void a_command_has_the_effect_of_another_one() {
        commands.set(2, new Command(3, P, Kind.PRICE, 4, 5, 3, 0));
        assertOnly("an effect that is not its own");
    }

    @Test
    void an_event_comes_from_nowhere() {
        commands.removeLast();
        assertOnly("nobody asked for");
    }

    @Test
    void a_token_is_from_before_the_effect() {
        commands.set(2, new Command(3, P, Kind.STOCK, 4, 5, 2, 0));
        assertOnly("a token from before its effect");
    }

    @Test
    void a_repetition_is_answered_differently() {
        commands.set(1, new Command(2, P, Kind.PRICE, 3, 6, 2, 3));
        assertOnly("answered differently when it was repeated");
    }

    @Test
    void a_later_command_comes_first() {
        commands.set(2, new Command(3, P, Kind.STOCK, 12, 13, 3, 0));
        assertOnly("was over before");
    }

    @Test
    void a_decision_was_made_on_an_old_state() {
        log.set(2, new Stored(3, "c", P, 3, Kind.STOCK, 3, 1_004));
        assertOnly("was decided on another stock");
    }

    @Test
    void a_position_is_missing() {
        log.set(3, new Stored(5, "d", P, 4, Kind.PRICE, 5, 0));
        assertThat(violations()).contains("position 5 is at place 4");
    }

    @Test
    void a_version_is_missing() {
        log.set(3, new Stored(4, "d", P, 5, Kind.PRICE, 5, 0));
        assertOnly("is number 4 of its stream");
    }

    @Test
    void an_answer_is_older_than_its_token() {
        reads.add(new Read("query", P, 3, new State(2, 2, 1_000)));
        assertOnly("is older than version 3");
    }

    @Test
    void a_product_is_not_found_with_a_token_of_its_creation() {
        reads.add(new Read("query", P, 1, null));
        assertOnly("is older than version 1");
    }

    @Test
    void an_answer_mixes_two_states() {
        reads.add(new Read("query", P, 0, new State(3, 2, 1_000)));
        assertOnly("shows what never was");
    }

    @Test
    void an_answer_is_ahead_of_the_log() {
        reads.add(new Read("query", P, 0, new State(5, 6, 1_003)));
        assertOnly("shows what never was");
    }

    @Test
    void an_event_is_not_published() {
        topic.removeLast();
        assertOnly("is not published");
    }

    @Test
    void events_of_a_key_are_published_in_another_order() {
        topic.add(1, topic.remove(2));
        assertOnly("is published behind position 3");
    }

    @Test
    void an_event_is_published_again_behind_later_ones() {
        topic.add(topic.get(1));
        assertOnly("is published behind position 4");
    }

    @Test
    void what_is_published_is_not_in_the_log() {
        topic.add(new Published(1, "product-p2", 5, "e"));
        assertOnly("is published, the log has null");
    }

    @Test
    void a_node_lacks_an_event_in_the_end() {
        documents.put("fed", Map.of(P, new State(3, 2, 1_003)));
        assertOnly("fed has");
    }

    @Test
    void a_node_lacks_a_product_in_the_end() {
        documents.put("fed", Map.of());
        assertOnly("fed has null of p1 in the end");
    }

    private void add(Stored event) {
        log.add(event);
        topic.add(new Published(0, "product-p1", event.position(), event.id()));
    }

    private void assertOnly(String what) {
        assertThat(violations()).singleElement().asString().contains(what);
    }

    private List<String> violations() {
        return new Evidence(commands, reads, log, topic, documents).violations();
    }
}
