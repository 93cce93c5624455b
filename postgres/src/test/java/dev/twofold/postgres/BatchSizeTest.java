package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchSizeTest {
    private static final boolean FULL = true;
    private static final Duration WANTED = Duration.ofMillis(200);
    private static final Duration HALF = WANTED.dividedBy(2);
    private static final Duration TWICE = WANTED.multipliedBy(2);
    private static final Duration FAST = HALF.minusNanos(1);
    private static final Duration SLOW = TWICE.plusNanos(1);

    private final BatchSize size = new BatchSize(10, 1_000);

    @Test
    void doubles_after_full_batches_that_take_less_than_half_of_the_time_up_to_the_most() {
        assertThat(limits(9, FULL, FAST))
                .containsExactly(20, 40, 80, 160, 320, 640, 1_000, 1_000, 1_000);
    }

    @Test
    void halves_after_batches_that_take_more_than_twice_the_time_down_to_the_fewest() {
        limits(9, FULL, FAST);

        assertThat(limits(4, FULL, SLOW)).containsExactly(500, 250, 125, 62);
        assertThat(limits(4, !FULL, SLOW)).containsExactly(31, 15, 10, 10);
    }

    @Test
    void stays_while_batches_take_about_the_time_that_is_wanted() {
        limits(2, FULL, FAST);

        assertThat(limits(1, FULL, HALF)).containsExactly(40);
        assertThat(limits(1, FULL, TWICE)).containsExactly(40);
    }

    @Test
    void does_not_grow_where_the_log_has_no_more() {
        assertThat(limits(3, !FULL, Duration.ZERO)).containsExactly(10, 10, 10);
    }

    @Test
    void grows_from_one_event_once_it_was_narrowed_and_falls_no_lower_meanwhile() {
        limits(9, FULL, FAST);
        size.narrow();

        assertThat(size.limit()).isEqualTo(1);
        assertThat(limits(1, FULL, SLOW)).containsExactly(1);
        assertThat(limits(2, FULL, FAST)).containsExactly(2, 4);
        assertThat(limits(1, FULL, SLOW)).containsExactly(4);
        assertThat(limits(3, FULL, FAST)).containsExactly(8, 16, 32);
        assertThat(limits(2, FULL, SLOW)).containsExactly(16, 10);
    }

    @Test
    void joins_batches_from_a_thousand_events_on() {
        BatchSize joined = BatchSize.joined();
        List<Integer> apart = new ArrayList<>();
        while (joined.joining().isZero()) {
            apart.add(joined.limit());
            joined.took(FULL, FAST, WANTED);
        }

        assertThat(apart).containsExactly(10, 20, 40, 80, 160, 320, 640);
        assertThat(joined.joining()).isEqualTo(Duration.ofMillis(200));
        joined.narrow();
        assertThat(joined.joining()).isZero();
        assertThat(size.joining()).isZero();
    }

    @Test
    void joins_them_for_twice_as_long_each_time_that_more_is_left_up_to_two_seconds() {
        BatchSize joined = large();
        List<Long> millis = new ArrayList<>();
        for (int transaction = 0; transaction < 6; transaction++) {
            millis.add(joined.joining().toMillis());
            joined.joined(true);
        }

        assertThat(millis).containsExactly(200L, 400L, 800L, 1_600L, 2_000L, 2_000L);
        joined.joined(false);
        assertThat(joined.joining()).isEqualTo(Duration.ofMillis(200));
    }

    @Test
    void does_not_join_the_next_fifty_full_batches_after_one_in_vain() {
        BatchSize joined = large();
        joined.joined(true);
        joined.apart();
        joined.took(!FULL, WANTED, WANTED); // the end of the log says nothing of connections
        int full = 0;
        while (joined.joining().isZero()) {
            joined.took(FULL, WANTED, WANTED);
            full++;
        }

        assertThat(full).isEqualTo(50);
        assertThat(joined.joining()).isEqualTo(Duration.ofMillis(400));
    }

    /// One whose batches are joined.
    private static BatchSize large() {
        BatchSize joined = BatchSize.joined();
        while (joined.joining().isZero()) {
            joined.took(FULL, FAST, WANTED);
        }
        return joined;
    }

    /// The limit after each of so many batches.
    private List<Integer> limits(int batches, boolean full, Duration time) {
        List<Integer> limits = new ArrayList<>();
        for (int batch = 0; batch < batches; batch++) {
            size.took(full, time, WANTED);
            limits.add(size.limit());
        }
        return limits;
    }
}
