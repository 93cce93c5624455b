package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ProjectionLimitsTest {
    private static final long HEAD = 10_000;
    private static final int ONLY = 0;
    private static final ProjectionLimits LIMITS =
            new ProjectionLimits(1_500, Duration.ofSeconds(60), 2);

    /// One partition of `page`, up to date and with nothing amiss.
    private static final One PAGE = new One("serving", ONLY, 1, HEAD, Duration.ZERO, 0, null);

    private record One(
            String role,
            int partition,
            int partitions,
            long position,
            Duration lagTime,
            long parked,
            @Nullable String reason) {

        One as(String other) {
            return new One(other, partition, partitions, position, lagTime, parked, reason);
        }

        One part(int number, int of) {
            return new One(role, number, of, position, lagTime, parked, reason);
        }

        One behind(long events, Duration time) {
            return new One(role, partition, partitions, HEAD - events, time, parked, reason);
        }

        One parked(long events) {
            return new One(role, partition, partitions, position, lagTime, events, reason);
        }

        One stopped(String why) {
            return new One(role, partition, partitions, position, lagTime, parked, why);
        }

        PartitionStatus status() {
            return new PartitionStatus(
                    "page",
                    3,
                    1,
                    role,
                    partition,
                    partitions,
                    position,
                    HEAD,
                    lagTime,
                    0,
                    0,
                    parked,
                    0,
                    0,
                    false,
                    null,
                    reason,
                    Instant.EPOCH,
                    Instant.EPOCH);
        }
    }

    @Test
    void all_is_well_up_to_the_limits() {
        assertThat(alarms(PAGE)).isEmpty();
        assertThat(alarms(PAGE.behind(1_500, Duration.ofSeconds(60)).parked(2))).isEmpty();
    }

    @Test
    void one_that_serves_is_not_more_events_behind_than_allowed() {
        assertThat(alarms(PAGE.behind(1_501, Duration.ZERO)))
                .containsExactly("page is 1,501 events behind, allowed are 1,500");
    }

    @Test
    void one_that_serves_is_not_behind_for_longer_than_allowed() {
        assertThat(alarms(PAGE.behind(1, Duration.ofSeconds(61))))
                .containsExactly("page is 61 seconds behind, allowed are 60");
    }

    @Test
    void one_that_stands_still_is_told_with_why() {
        assertThat(alarms(PAGE.behind(7, Duration.ZERO).stopped("no such category")))
                .containsExactly("page stands still after position 9,993: no such category");
    }

    @Test
    void no_more_events_of_a_generation_are_parked_than_allowed_in_whatever_partitions() {
        assertThat(alarms(PAGE.part(0, 2).parked(2), PAGE.part(1, 2).parked(1)))
                .containsExactly("page has parked 3 events, allowed are 2");
    }

    @Test
    void the_partition_is_told_where_there_are_several() {
        One slow = PAGE.part(1, 2).behind(2_000, Duration.ofMinutes(2)).stopped("broken");

        assertThat(alarms(PAGE.part(0, 2), slow))
                .containsExactly(
                        "page, partition 1 stands still after position 8,000: broken",
                        "page, partition 1 is 2,000 events behind, allowed are 1,500",
                        "page, partition 1 is 120 seconds behind, allowed are 60");
    }

    @Test
    void one_that_is_being_built_may_be_behind_but_not_stand_still() {
        One building = PAGE.as("building").behind(HEAD, Duration.ofDays(1));

        assertThat(alarms(PAGE, building)).isEmpty();
        assertThat(alarms(PAGE, building.parked(3).stopped("broken")))
                .containsExactly(
                        "page, generation 3, which is being built stands still after position 0:"
                                + " broken",
                        "page, generation 3, which is being built has parked 3 events, allowed"
                                + " are 2");
    }

    @Test
    void one_that_is_retired_counts_for_nothing() {
        One retired =
                PAGE.behind(HEAD, Duration.ofDays(1)).parked(9).stopped("broken").as("retired");

        assertThat(alarms(PAGE, retired)).isEmpty();
    }

    @Test
    void one_that_should_be_there_is_missed_until_a_generation_serves() {
        assertThat(LIMITS.alarms(Set.of("search", "page", "listing"), List.of(PAGE.status())))
                .containsExactly("listing has not been begun", "search has not been begun");
        assertThat(alarms(PAGE.as("building"))).containsExactly("page has not been begun");
        assertThat(alarms(PAGE.as("retired"))).containsExactly("page has not been begun");
        assertThat(LIMITS.alarms(Set.of(), List.of(PAGE.status()))).isEmpty();
    }

    @Test
    void a_partition_without_a_checkpoint_is_missed() {
        assertThat(alarms(PAGE.part(0, 3), PAGE.part(2, 3)))
                .containsExactly(
                        "page, partition 1, has no checkpoint, so nobody knows how far it is;"
                                + " rebuild it");
    }

    @Test
    void nothing_is_allowed_by_limits_of_zero() {
        ProjectionLimits none = new ProjectionLimits(0, Duration.ZERO, 0);

        assertThat(none.alarms(Set.of("page"), List.of(PAGE.status()))).isEmpty();
        assertThat(
                        none.alarms(
                                Set.of("page"),
                                List.of(PAGE.behind(1, Duration.ofSeconds(1)).parked(1).status())))
                .hasSize(3);
    }

    @Test
    void refuses_limits_below_zero() {
        assertThatThrownBy(() -> new ProjectionLimits(-1, Duration.ZERO, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a lag of -1 events");
        assertThatThrownBy(() -> new ProjectionLimits(0, Duration.ofSeconds(-1), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT-1S");
        assertThatThrownBy(() -> new ProjectionLimits(0, Duration.ZERO, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1 parked events");
    }

    private static List<String> alarms(One... partitions) {
        return LIMITS.alarms(
                Set.of("page"), List.of(partitions).stream().map(One::status).toList());
    }
}
