package dev.twofold;

import java.util.List;

/// What a decider makes of a command.
public sealed interface Decision<E, R> {

    /// The command is taken. No events means that what it asks for holds already.
    record Accept<E, R>(List<E> events) implements Decision<E, R> {
        public Accept {
            events = List.copyOf(events);
        }
    }

    /// The command is turned down, and nothing happens.
    record Refuse<E, R>(R reason) implements Decision<E, R> {}

    /// What the command asks for holds already.
    static <E, R> Decision<E, R> unchanged() {
        return new Accept<>(List.of());
    }

    static <E, R> Decision<E, R> accept(E event) {
        return new Accept<>(List.of(event));
    }

    static <E, R> Decision<E, R> accept(List<E> events) {
        return new Accept<>(events);
    }

    static <E, R> Decision<E, R> refuse(R reason) {
        return new Refuse<>(reason);
    }
}
