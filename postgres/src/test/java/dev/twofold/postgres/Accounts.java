package dev.twofold.postgres;

import dev.twofold.Decider;
import dev.twofold.Decision;
import dev.twofold.EventTypes;
import dev.twofold.Query;
import dev.twofold.StreamId;
import dev.twofold.jackson.JacksonCodec;

/// Accounts that hold money: the smallest domain with a rule.
final class Accounts {
    private Accounts() {}

    sealed interface Command {
        String account();

        record Deposit(String account, int amount) implements Command {}

        record Withdraw(String account, int amount) implements Command {}
    }

    sealed interface Event {
        String account();

        record Deposited(String account, int amount) implements Event {}

        record Withdrawn(String account, int amount) implements Event {}
    }

    record Balance(int amount) {}

    record TooLittle(int balance) {}

    static final class AccountDecider implements Decider<Command, Balance, Event, TooLittle> {
        @Override
        public Balance initial() {
            return new Balance(0);
        }

        @Override
        public Decision<Event, TooLittle> decide(Command command, Balance balance) {
            return switch (command) {
                case Command.Deposit(var account, var amount) ->
                        Decision.accept(new Event.Deposited(account, amount));
                case Command.Withdraw(var account, var amount) ->
                        balance.amount() < amount
                                ? Decision.refuse(new TooLittle(balance.amount()))
                                : Decision.accept(new Event.Withdrawn(account, amount));
            };
        }

        @Override
        public Balance evolve(Balance balance, Event event) {
            return switch (event) {
                case Event.Deposited(_, var amount) -> new Balance(balance.amount() + amount);
                case Event.Withdrawn(_, var amount) -> new Balance(balance.amount() - amount);
            };
        }
    }

    static final EventTypes<Event> TYPES =
            EventTypes.builder(Event.class, new JacksonCodec())
                    .event("deposited", 1, Event.Deposited.class)
                    .event("withdrawn", 1, Event.Withdrawn.class)
                    .stream(event -> new StreamId("account", event.account()))
                    .build();

    /// What a command's decision depends on.
    static Query boundary(Command command) {
        return history(command.account());
    }

    static Query history(String account) {
        return Query.stream(new StreamId("account", account));
    }
}
