package dev.twofold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Contended;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InterceptorTest {
    private final List<String> handled = new ArrayList<>();

    @AfterEach
    void clearInterrupt() {
        Thread.interrupted();
    }

    @Test
    void a_contended_command_is_handled_again_until_it_is_not() {
        assertThat(retrying(5, 3).handle("go", Metadata.none()))
                .isEqualTo(new Accepted<>("done", 7, 1));
        assertThat(handled).hasSize(4);
    }

    @Test
    void a_command_is_handled_no_more_than_so_many_times() {
        assertThat(retrying(5, 100).handle("go", Metadata.none())).isEqualTo(new Contended<>(50));
        assertThat(handled).hasSize(5);
    }

    @Test
    void an_outcome_that_is_none_of_contention_stands() {
        assertThat(retrying(5, 0).handle("go", Metadata.none())).isInstanceOf(Accepted.class);
        assertThat(handled).hasSize(1);
    }

    @Test
    void who_is_interrupted_is_kept_no_longer() {
        Thread.currentThread().interrupt();

        assertThat(retrying(5, 100).handle("go", Metadata.none())).isEqualTo(new Contended<>(10));
        assertThat(handled).hasSize(1);
    }

    @Test
    void refuses_a_number_or_a_pause_that_is_none() {
        assertThatThrownBy(() -> Interceptor.retrying(0, Duration.ZERO))
                .hasMessage("a command is handled 1 or more times, but 0 was asked for");
        assertThatThrownBy(() -> Interceptor.retrying(1, Duration.ofMillis(-1)))
                .hasMessage("a pause takes no negative time, but PT-0.001S was asked for");
    }

    @Test
    void the_first_of_several_is_the_outermost() {
        Interceptor first = Interceptor.checking((command, _) -> handled.add("first"));
        Interceptor second = Interceptor.checking((command, _) -> handled.add("second"));

        Interceptor.all(List.of(first, second)).around(handler(0)).handle("go", Metadata.none());

        assertThat(handled).containsExactly("first", "second", "go");
    }

    private CommandHandler<String, String, String> retrying(int times, int contentions) {
        return Interceptor.retrying(times, Duration.ofNanos(1_000)).around(handler(contentions));
    }

    /// A handler that is contended so many times, after ten attempts each.
    private CommandHandler<String, String, String> handler(int contentions) {
        return (command, _) -> {
            handled.add(command);
            return handled.size() <= contentions
                    ? new Contended<>(10)
                    : new Accepted<>("done", 7, 1);
        };
    }
}
