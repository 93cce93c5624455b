package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FailurePolicyTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void pauses_twice_as_long_after_each_attempt_up_to_the_longest() {
        FailurePolicy policy =
                new FailurePolicy(10, Duration.ofMillis(200), Duration.ofSeconds(2), 0);

        assertThat(pauses(policy, 7))
                .containsExactly(200L, 400L, 800L, 1_600L, 2_000L, 2_000L, 2_000L);
        assertThat(policy.pauseAfter(Integer.MAX_VALUE)).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void the_standard_one_tries_six_times_in_about_six_seconds() {
        List<Long> pauses = pauses(FailurePolicy.STANDARD, FailurePolicy.STANDARD.attempts() - 1);

        assertThat(pauses).containsExactly(200L, 400L, 800L, 1_600L, 3_200L);
        assertThat(pauses.stream().mapToLong(Long::longValue).sum()).isEqualTo(6_200);
    }

    @Test
    void always_pauses_for_the_longest_time_if_the_first_is_as_long() {
        assertThat(pauses(new FailurePolicy(3, SECOND, SECOND, 0), 3))
                .containsExactly(1_000L, 1_000L, 1_000L);
    }

    @Test
    void refuses_what_is_no_policy() {
        assertThatThrownBy(() -> new FailurePolicy(0, SECOND, SECOND, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("attempts was 0");
        assertThatThrownBy(() -> new FailurePolicy(1, Duration.ZERO, SECOND, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT0S and PT1S");
        assertThatThrownBy(() -> new FailurePolicy(1, SECOND, SECOND.minusNanos(1), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT1S and PT0.999999999S");
        assertThatThrownBy(() -> new FailurePolicy(1, SECOND, SECOND, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("mostWaiting was -1");
    }

    /// In milliseconds, after the first attempt and each that follows.
    private static List<Long> pauses(FailurePolicy policy, int attempts) {
        return IntStream.rangeClosed(1, attempts)
                .mapToObj(policy::pauseAfter)
                .map(Duration::toMillis)
                .toList();
    }
}
