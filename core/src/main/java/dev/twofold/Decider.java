package dev.twofold;

/// The rules of one kind of thing, as three pure functions over closed types: no clock, no I/O.
///
/// The form is Jérémie Chassaing's
/// (<https://thinkbeforecoding.com/post/2021/12/17/functional-event-sourcing-decider>), with a
/// refusal as a value.
///
/// @param <C> commands
/// @param <S> states
/// @param <E> events
/// @param <R> reasons to refuse a command
public interface Decider<C, S, E, R> {

    /// The state before anything happened.
    S initial();

    /// What happens when the command meets the state.
    Decision<E, R> decide(C command, S state);

    /// The state after the event. Never refuses: the event did happen.
    S evolve(S state, E event);
}
