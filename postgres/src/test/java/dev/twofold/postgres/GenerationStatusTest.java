package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class GenerationStatusTest {
    private static final double NO_RATE = 0;

    @Test
    void percent_is_the_share_of_the_log_rounded_down() {
        assertThat(status(0, 1_000, NO_RATE).percent()).isZero();
        assertThat(status(9, 1_000, NO_RATE).percent()).isZero();
        assertThat(status(10, 1_000, NO_RATE).percent()).isEqualTo(1);
        assertThat(status(999, 1_000, NO_RATE).percent()).isEqualTo(99);
        assertThat(status(1_000, 1_000, NO_RATE).percent()).isEqualTo(100);
    }

    @Test
    void all_of_an_empty_log_has_been_taken_in() {
        assertThat(status(0, 0, NO_RATE).percent()).isEqualTo(100);
        assertThat(status(0, 0, NO_RATE).timeLeft()).isEqualTo(Duration.ZERO);
    }

    /// The head was read before the checkpoint, and both have moved meanwhile.
    @Test
    void it_is_no_further_than_the_log_that_was_seen() {
        GenerationStatus ahead = status(1_020, 1_000, NO_RATE);

        assertThat(ahead.percent()).isEqualTo(100);
        assertThat(ahead.lag()).isZero();
        assertThat(ahead.timeLeft()).isEqualTo(Duration.ZERO);
    }

    @Test
    void percent_holds_in_a_log_of_billions() {
        long head = 30_000_000_000L;

        assertThat(status(head / 2, head, NO_RATE).percent()).isEqualTo(50);
    }

    @Test
    void time_left_is_what_is_left_at_the_rate() {
        assertThat(status(400, 1_000, 200).lag()).isEqualTo(600);
        assertThat(status(400, 1_000, 200).timeLeft()).isEqualTo(Duration.ofSeconds(3));
        assertThat(status(999, 1_000, 400).timeLeft()).isEqualTo(Duration.ofMillis(2));
    }

    @Test
    void no_time_is_told_without_a_rate_to_tell_it_by() {
        assertThat(status(400, 1_000, NO_RATE).timeLeft()).isNull();
        assertThat(status(400, 1_000, 0.9).timeLeft()).isNull();
        assertThat(status(400, 1_000, 1).timeLeft()).isEqualTo(Duration.ofMinutes(10));
    }

    private static GenerationStatus status(long position, long head, double rate) {
        Instant now = Instant.EPOCH;
        return new GenerationStatus(
                "page", 2, 1, "building", position, head, null, 0, now, now, now, rate, 10);
    }
}
