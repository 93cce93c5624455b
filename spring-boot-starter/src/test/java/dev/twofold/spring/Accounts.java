package dev.twofold.spring;

import dev.twofold.Decider;
import dev.twofold.Decision;
import dev.twofold.Keys;
import dev.twofold.Query;
import dev.twofold.QueryFor;
import dev.twofold.Recorded;
import dev.twofold.StreamId;
import dev.twofold.View;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Positive;
import org.jspecify.annotations.Nullable;

/// Accounts that hold money, and their statements.
final class Accounts {
    static final int UNREADABLE = 666;

    private Accounts() {}

    sealed interface Command {
        String account();

        record Deposit(String account, @Positive int amount) implements Command {}

        record Withdraw(String account, @Positive int amount) implements Command {}
    }

    sealed interface Event {
        String account();

        record Deposited(String account, int amount) implements Event {}

        record Withdrawn(String account, int amount) implements Event {}
    }

    record Balance(int amount) {}

    record TooLittle(int balance) {}

    static StreamId stream(Event event) {
        return new StreamId("account", event.account());
    }

    static Query boundary(Command command) {
        return Query.stream(new StreamId("account", command.account()));
    }

    static final class Rules implements Decider<Command, Balance, Event, TooLittle> {
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

    record Statement(int balance, int entries) {}

    /// What is in an account; nothing if it has no statement yet.
    record BalanceOf(@NotBlank String account) implements QueryFor<Long> {}

    /// The statement of each account; an entry of [#UNREADABLE] cannot be folded.
    static final class Statements implements View<Event, Statement> {
        @Override
        public String name() {
            return "statement";
        }

        @Override
        public int revision() {
            return 1;
        }

        @Override
        public Class<Statement> documentType() {
            return Statement.class;
        }

        @Override
        public Keys keys(Event event) {
            return Keys.of(event.account());
        }

        @Override
        public Statement fold(
                String key, @Nullable Statement before, Recorded<Event> event, Lookup lookup) {
            Statement statement = before == null ? new Statement(0, 0) : before;
            int change =
                    switch (event.event()) {
                        case Event.Deposited(_, var amount) -> amount;
                        case Event.Withdrawn(_, var amount) -> -amount;
                    };
            if (change == UNREADABLE) {
                throw new IllegalStateException("nobody can read " + change);
            }
            return new Statement(statement.balance + change, statement.entries + 1);
        }
    }
}
