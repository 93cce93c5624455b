package dev.twofold;

/// A question to the query side, as a value: what is asked for, and of which type the answer is.
///
/// Implemented by records, such as `record FindOrders(String customer) implements
/// QueryFor<List<Order>>`. It is not called a query, because [Query] says which events of a log are
/// meant, in the words of the Dynamic Consistency Boundary specification.
///
/// @param <A> answers
@SuppressWarnings("unused") // the answer's type is for whoever asks
public interface QueryFor<A> {}
