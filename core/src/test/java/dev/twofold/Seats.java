package dev.twofold;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Seats that are booked by one guest at a time: the example of these tests.
final class Seats {
    private Seats() {}

    sealed interface SeatCommand {
        String seat();
    }

    record Book(String seat, String guest) implements SeatCommand {}

    record BookTwo(String seat, String other, String guest) implements SeatCommand {}

    record Note(String seat, String text) implements SeatCommand {}

    sealed interface SeatEvent {
        String seat();
    }

    record Booked(String seat, String guest) implements SeatEvent {}

    record Noted(String seat, String text) implements SeatEvent {}

    record Seat(@Nullable String guest, int notes) {}

    enum Refusal {
        TAKEN
    }

    static final class SeatDecider implements Decider<SeatCommand, Seat, SeatEvent, Refusal> {
        @Override
        public Seat initial() {
            return new Seat(null, 0);
        }

        @Override
        public Decision<SeatEvent, Refusal> decide(SeatCommand command, Seat seat) {
            return switch (command) {
                case Book(var name, var guest) when seat.guest == null ->
                        Decision.accept(new Booked(name, guest));
                case Book(_, var guest) when guest.equals(seat.guest) -> Decision.unchanged();
                case Book _ -> Decision.refuse(Refusal.TAKEN);
                case BookTwo(var one, var other, var guest) ->
                        Decision.accept(List.of(new Booked(one, guest), new Booked(other, guest)));
                case Note(var name, var text) -> Decision.accept(new Noted(name, text));
            };
        }

        @Override
        public Seat evolve(Seat seat, SeatEvent event) {
            return switch (event) {
                case Booked(_, var guest) -> new Seat(guest, seat.notes);
                case Noted _ -> new Seat(seat.guest, seat.notes + 1);
            };
        }
    }

    static EventTypes<SeatEvent> types() {
        return EventTypes.builder(SeatEvent.class, new RememberingCodec())
                .event("seat-booked", 1, Booked.class)
                .event("seat-noted", 1, Noted.class)
                .tags(event -> Set.of(tag(event.seat())))
                .build();
    }

    static Tag tag(String seat) {
        return new Tag("seat", seat);
    }

    static Query boundary(String seat) {
        return Query.tags(tag(seat));
    }
}
