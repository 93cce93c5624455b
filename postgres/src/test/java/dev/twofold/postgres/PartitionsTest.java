package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import dev.twofold.postgres.OrderPageView.OrderPage;
import dev.twofold.postgres.ViewAnswer.Behind;
import dev.twofold.postgres.ViewAnswer.Found;
import dev.twofold.postgres.WaitOutcome.Cause;
import dev.twofold.postgres.WaitOutcome.Reached;
import dev.twofold.postgres.WaitOutcome.Stalled;
import dev.twofold.postgres.WaitOutcome.TimedOut;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Orders `o1` and `o4` are in partition 1 of 2, `o0`, `o2` and `o3` in partition 0.
@Timeout(120)
class PartitionsTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration AMPLE = Duration.ofSeconds(20);

    private static ReadModel model;

    private final Shop shop = new Shop();

    @BeforeAll
    static void createDatabase() {
        model = ReadModel.fresh();
    }

    @Test
    void writes_the_same_documents_however_many_partitions_there_are() {
        shop.recordHistory(300, 5);
        projections("whole").catchUp();
        for (int partitions : List.of(2, 3, 16)) {
            String name = "split-" + partitions;
            Projections projections = empty(name);
            assertThat(projections.repartition(name, partitions)).isTrue();
            projections.catchUp();

            assertThat(model.documents(name))
                    .as("%d partitions", partitions)
                    .isEqualTo(model.documents("whole"));
        }
    }

    @Test
    void their_number_may_change_at_any_time() {
        Random random = new Random(17);
        shop.recordHistory(300, 6);
        projections("unchanged").catchUp();
        Projections projections = empty("changed");
        for (int turn = 0; turn < 12; turn++) {
            int partitions = partitions("changed");
            for (int step = random.nextInt(8); step > 0; step--) {
                runner("changed", random.nextInt(partitions), 1 + random.nextInt(9)).step();
            }
            projections.repartition("changed", 1 + random.nextInt(5));
        }
        projections.catchUp();

        assertThat(model.documents("changed")).isEqualTo(model.documents("unchanged"));
    }

    @Test
    void those_ahead_wait_where_all_meet_before_their_number_changes() {
        shop.recordHistory(40, 8);
        Projections projections = empty("meeting");
        projections.repartition("meeting", 2);
        ProjectionRunner<OrderEvent> first = runner("meeting", 0, 10);
        ProjectionRunner<OrderEvent> second = runner("meeting", 1, 10);
        first.step();

        assertThat(projections.repartition("meeting", 3)).isFalse();
        assertThat(first.step()).isEqualTo(new Step.Elsewhere());
        assertThat(partitions("meeting")).isEqualTo(2);
        while (partitions("meeting") == 2) {
            assertThat(second.step()).isInstanceOf(Step.Advanced.class);
        }
        assertThat(partitions("meeting")).isEqualTo(3);
        assertThat(
                        model.query(
                                """
                                SELECT DISTINCT position FROM twofold.checkpoint
                                WHERE projection = 'meeting'
                                """))
                .hasSize(1);
    }

    @Test
    void a_look_at_whether_a_change_is_planned_keeps_no_batch_from_its_checkpoint()
            throws SQLException {
        shop.recordHistory(40, 8);
        empty("unplanned");
        ProjectionRunner<OrderEvent> runner = runner("unplanned", 0, 10);
        runner.step();
        Generations generations =
                new Generations(Projection.of(Shop.TYPES, Shop.table("unplanned")));
        Step meanwhile =
                Transaction.run(
                        model.dataSource(),
                        connection -> {
                            assertThat(generations.meet(connection, 1)).isTrue();
                            return runner.step();
                        });
        assertThat(meanwhile).isInstanceOf(Step.Advanced.class);
    }

    @Test
    void a_change_that_is_not_done_yet_can_be_given_up() {
        shop.recordHistory(40, 8);
        Projections projections = empty("given-up");
        projections.repartition("given-up", 2);
        runner("given-up", 0, 10).step();
        assertThat(projections.repartition("given-up", 3)).isFalse();

        assertThat(projections.repartition("given-up", 2)).isTrue();
        projections.catchUp();
        assertThat(partitions("given-up")).isEqualTo(2);
    }

    @Test
    void a_view_is_as_far_as_the_last_of_its_partitions() throws InterruptedException {
        Projections projections = empty("as-far");
        projections.repartition("as-far", 2);
        long last =
                shop.record(
                        new CustomerRegistered("c1", "Ada"),
                        new OrderPlaced("o0", "c1"),
                        new OrderPlaced("o1", "c1"));
        ReadModel.runToEnd(runner("as-far", 1, 100));
        ViewReader<OrderPage> reader = model.reader("as-far");

        assertThat(projections.await("as-far", last, SHORT)).isEqualTo(new TimedOut(0));
        assertThat(projections.await("as-far", "o0", last, SHORT)).isEqualTo(new TimedOut(0));
        assertThat(projections.await("as-far", "o1", last, AMPLE)).isEqualTo(new Reached(last));
        assertThat(reader.standing()).contains(new ViewStanding(1, 0, 0));
        assertThat(reader.find("o0", last)).isEqualTo(new Behind<>(0));
        assertThat(reader.find("o1", last))
                .isEqualTo(new Found<>(new OrderPage("c1", "Ada", 0, 0), last, last, 1));

        ReadModel.runToEnd(runner("as-far", 0, 100));
        assertThat(projections.await("as-far", last, Duration.ofSeconds(60)))
                .isEqualTo(new Reached(last));
        assertThat(reader.standing()).contains(new ViewStanding(1, last, last));
        assertThat(reader.find("o0", last)).isInstanceOf(Found.class);
    }

    @Test
    void a_view_that_lacks_one_of_its_checkpoints_is_behind() throws InterruptedException {
        Projections projections = empty("lacking");
        projections.repartition("lacking", 2);
        long last = shop.record(new CustomerRegistered("c1", "Ada"));
        projections.catchUp();
        model.execute(
                """
                DELETE FROM twofold.checkpoint WHERE projection = 'lacking' AND partition = 1
                """);

        try (Projections elsewhere = projections("lacking")) {
            assertThat(elsewhere.await("lacking", last, SHORT)).isEqualTo(new TimedOut(0));
        }
        assertThat(model.reader("lacking").standing()).isEmpty();
        assertThat(model.reader("lacking").find("o0")).isInstanceOf(ViewAnswer.Missing.class);
        assertThat(model.reader("lacking").find("o1")).isEqualTo(new Behind<>(0));
        assertThatThrownBy(() -> projections.repartition("lacking", 3))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("lacks a checkpoint");
    }

    @Test
    void a_partition_that_stops_stalls_those_who_need_it_and_no_others() throws Exception {
        empty("half-stalled").repartition("half-stalled", 2);
        Duration pause = Duration.ofMillis(1);
        Projections projections =
                new Projections(
                        model.dataSource(),
                        shop.log,
                        List.of(Projection.of(Shop.TYPES, Shop.table("half-stalled"))),
                        1,
                        new FailurePolicy(1, pause, pause, 0));
        shop.record(
                new CustomerRegistered("c1", "Ada"),
                new OrderPlaced("o0", "c1"),
                new OrderPlaced("o1", "c1"));
        long poison = shop.record(new ItemAdded("o1", OrderPageView.POISON));
        long last = shop.record(new ItemAdded("o0", 1));
        projections.catchUp();

        assertThat(projections.await("half-stalled", last, AMPLE))
                .isInstanceOfSatisfying(
                        Stalled.class,
                        stalled -> {
                            assertThat(stalled.cause()).isEqualTo(Cause.STOPPED);
                            assertThat(stalled.reason()).contains("nobody orders 666");
                        });
        assertThat(projections.await("half-stalled", "o1", poison, AMPLE))
                .isInstanceOf(Stalled.class);
        assertThat(projections.await("half-stalled", "o0", last, AMPLE))
                .isEqualTo(new Reached(last));
        assertThatThrownBy(() -> projections.repartition("half-stalled", 3))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("partition 1 of projection \"half-stalled\" has stopped");
    }

    @Test
    void waiting_for_a_document_ends_with_the_reason_why_an_event_is_set_aside_for_it()
            throws InterruptedException {
        Projections projections = empty("set-aside");
        projections.repartition("set-aside", 2);
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        long poison = shop.record(new ItemAdded("o1", OrderPageView.POISON));
        long last = shop.record(new OrderPlaced("o4", "c1"));
        while (!(ReadModel.runToEnd(runner("set-aside", 1, 100)) instanceof Step.Idle)) {
            // tried again
        }
        projections.catchUp();

        assertThat(projections.await("set-aside", last, AMPLE)).isEqualTo(new Reached(last));
        assertThat(projections.await("set-aside", "o4", last, AMPLE)).isEqualTo(new Reached(last));
        assertThat(projections.await("set-aside", "o1", poison - 1, AMPLE))
                .isEqualTo(new Reached(last));
        assertThat(projections.await("set-aside", "o1", last, AMPLE))
                .isInstanceOfSatisfying(
                        Stalled.class,
                        stalled -> {
                            assertThat(stalled.position()).isEqualTo(poison - 1);
                            assertThat(stalled.cause()).isEqualTo(Cause.PARKED);
                            assertThat(stalled.reason())
                                    .contains("set aside for document \"o1\"", "nobody orders 666");
                        });
    }

    @Test
    void what_is_set_aside_goes_with_its_key_to_another_partition() {
        Projections projections = empty("moved");
        projections.repartition("moved", 2);
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        long poison = shop.record(new ItemAdded("o1", OrderPageView.POISON));
        while (!(ReadModel.runToEnd(runner("moved", 1, 100)) instanceof Step.Idle)) {
            // tried again
        }
        projections.catchUp();
        assertThat(projections.repartition("moved", 1)).isTrue();
        shop.record(new ItemAdded("o1", 1));
        projections.catchUp();

        assertThat(projections.parked("moved"))
                .extracting(ParkedEvent::partition, ParkedEvent::position)
                .containsExactly(tuple(0, poison), tuple(0, poison + 1));
        assertThat(model.reader("moved").find("o1", poison)).isEqualTo(new Behind<>(poison - 1));
    }

    @Test
    void tells_how_each_partition_is_doing() {
        Projections projections = empty("watched");
        projections.repartition("watched", 2);
        shop.record(
                new CustomerRegistered("c1", "Ada"),
                new OrderPlaced("o0", "c1"),
                new OrderPlaced("o1", "c1"));
        runner("watched", 0, 100).step();

        List<PartitionStatus> all = new ArrayList<>(projections.status());
        all.removeIf(status -> !status.projection().equals("watched"));
        assertThat(all).hasSize(2);
        PartitionStatus first = all.getFirst();
        assertThat(first.lag()).isZero();
        assertThat(first.lagTime()).isZero();
        assertThat(first.batch()).isEqualTo(3);
        assertThat(first.rate()).isPositive();
        assertThat(first.node()).isEqualTo("node");
        PartitionStatus second = all.getLast();
        assertThat(second.lag()).isEqualTo(3);
        assertThat(second.lagTime()).isPositive();
        assertThat(second.node()).isNull();
    }

    @Test
    void their_number_is_checked() {
        Projections projections = projections("checked");
        assertThatThrownBy(() -> projections.repartition("checked", 257))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a projection has 1 to 256 partitions, but 257 were asked for");
        assertThatThrownBy(() -> projections.repartition("checked", 2))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("\"checked\" is not served by revision 1");
    }

    private static int partitions(String name) {
        return Integer.parseInt(
                model.query(
                                """
                                SELECT partitions FROM twofold.projection WHERE projection = '%s'
                                """
                                        .formatted(name))
                        .getFirst());
    }

    private Projections projections(String name) {
        return new Projections(
                model.dataSource(), shop.log, List.of(Projection.of(Shop.TYPES, Shop.table(name))));
    }

    /// Of a log without an event so far as the projection is concerned.
    private Projections empty(String name) {
        new Projections(
                        model.dataSource(),
                        new Shop().log,
                        List.of(Projection.of(Shop.TYPES, Shop.table(name))))
                .catchUp();
        return projections(name);
    }

    private ProjectionRunner<OrderEvent> runner(String name, int partition, int batch) {
        return model.runner(
                shop.log, Projection.of(Shop.TYPES, Shop.table(name)), batch, partition);
    }
}
