package dev.twofold.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Decider;
import dev.twofold.Decision;
import java.util.List;

/// Says of a decider: given these events, when this command comes, then those events follow.
///
/// @param <C> commands
/// @param <S> states
/// @param <E> events
/// @param <R> reasons to refuse a command
@SuppressWarnings("varargs") // the arrays are only read
public final class DeciderSpec<C, S, E, R> {
    private final Decider<C, S, E, R> decider;

    private DeciderSpec(Decider<C, S, E, R> decider) {
        this.decider = decider;
    }

    public static <C, S, E, R> DeciderSpec<C, S, E, R> of(Decider<C, S, E, R> decider) {
        return new DeciderSpec<>(decider);
    }

    /// What happened before; nothing, if there are no events.
    @SafeVarargs
    public final Given given(E... events) {
        return given(List.of(events));
    }

    public Given given(List<E> events) {
        return new Given(List.copyOf(events));
    }

    private S fold(S start, List<E> events) {
        S state = start;
        for (E event : events) {
            state = decider.evolve(state, event);
        }
        return state;
    }

    /// A history.
    public final class Given {
        private final List<E> history;

        private Given(List<E> history) {
            this.history = history;
        }

        public When when(C command) {
            return new When(history, command);
        }

        /// The history leads to this state.
        public Given thenState(S expected) {
            assertThat(fold(decider.initial(), history))
                    .as("the state after %s", history)
                    .isEqualTo(expected);
            return this;
        }

        /// The history leads to the same state wherever its fold is interrupted and taken up again,
        /// also twice from the same state: `evolve` changes no state that it was given.
        public Given thenFoldsAlikeInPieces() {
            S whole = fold(decider.initial(), history);
            for (int i = 0; i <= history.size(); i++) {
                S half = fold(decider.initial(), history.subList(0, i));
                List<E> rest = history.subList(i, history.size());
                for (String attempt : List.of("once", "twice")) {
                    assertThat(fold(half, rest))
                            .as("the state after %s, taken up %s after %d", history, attempt, i)
                            .isEqualTo(whole);
                }
            }
            return this;
        }
    }

    /// A command that meets a history.
    public final class When {
        private final List<E> history;
        private final C command;
        private final Decision<E, R> decision;

        private When(List<E> history, C command) {
            this.history = history;
            this.command = command;
            S state = fold(decider.initial(), history);
            this.decision = decider.decide(command, state);
            assertThat(decider.decide(command, state))
                    .as("the second of two decisions on %s, given %s", command, history)
                    .isEqualTo(decision);
        }

        /// The command is taken, and exactly these events follow.
        @SafeVarargs
        public final Then then(E... events) {
            assertDecision(Decision.accept(List.of(events)));
            return new Then(history, command, List.of(events));
        }

        /// The command is taken, and what it asks for holds already.
        public void thenUnchanged() {
            assertDecision(Decision.unchanged());
        }

        /// The command is turned down for this reason.
        public void thenRefused(R reason) {
            assertDecision(Decision.refuse(reason));
        }

        private void assertDecision(Decision<E, R> expected) {
            assertThat(decision).as("given %s when %s", history, command).isEqualTo(expected);
        }
    }

    /// A command and its effect.
    public final class Then {
        private final List<E> history;
        private final C command;
        private final List<E> events;

        private Then(List<E> history, C command, List<E> events) {
            this.history = history;
            this.command = command;
            this.events = events;
        }

        /// The same command once more changes nothing.
        public void thenUnchangedOnRepeat() {
            S after = fold(fold(decider.initial(), history), events);
            assertThat(decider.decide(command, after))
                    .as("given %s and %s when %s once more", history, events, command)
                    .isEqualTo(Decision.<E, R>unchanged());
        }

        /// The same command once more is turned down for this reason.
        public void thenRefusedOnRepeat(R reason) {
            S after = fold(fold(decider.initial(), history), events);
            assertThat(decider.decide(command, after))
                    .as("given %s and %s when %s once more", history, events, command)
                    .isEqualTo(Decision.<E, R>refuse(reason));
        }
    }
}
