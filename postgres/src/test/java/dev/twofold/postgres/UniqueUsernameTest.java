package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.CommandHandler;
import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.Decision;
import dev.twofold.DecisionModel;
import dev.twofold.DecisionModel.Facts;
import dev.twofold.EventTypes;
import dev.twofold.Metadata;
import dev.twofold.Projection;
import dev.twofold.Query;
import dev.twofold.Tag;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.testkit.Race;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A name belongs to one account at a time, and stays held for three days after it was given up
/// (<https://dcb.events/examples/unique-username/>).
class UniqueUsernameTest {
    private static final Duration HOLD = Duration.ofDays(3);
    private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");

    sealed interface AccountEvent {}

    record AccountRegistered(String username) implements AccountEvent {}

    record AccountClosed(String username, Instant at) implements AccountEvent {}

    record UsernameChanged(String from, String to, Instant at) implements AccountEvent {}

    record Register(String username, Instant now) {}

    /// The name can be taken from this moment on; never, while somebody has it.
    private static Projection<Instant, AccountEvent> freeFrom(String username) {
        return Projection.<Instant, AccountEvent>of(Instant.MIN, new Tag("username", username))
                .on(AccountRegistered.class, (_, _) -> Instant.MAX)
                .on(AccountClosed.class, (_, event) -> event.at().plus(HOLD))
                .on(
                        UsernameChanged.class,
                        (_, event) ->
                                event.to().equals(username) ? Instant.MAX : event.at().plus(HOLD));
    }

    private static DecisionModel<AccountEvent, String> register(Register command) {
        var freeFrom = freeFrom(command.username());
        return new DecisionModel<>(
                List.of(freeFrom),
                facts ->
                        command.now().isBefore(facts.of(freeFrom))
                                ? Decision.refuse("taken")
                                : Decision.accept(new AccountRegistered(command.username())));
    }

    private final EventTypes<AccountEvent> types =
            EventTypes.builder(AccountEvent.class, new JacksonCodec())
                    .event("account-registered", 1, AccountRegistered.class)
                    .event("account-closed", 1, AccountClosed.class)
                    .event("username-changed", 1, UsernameChanged.class)
                    .tags(UniqueUsernameTest::tags)
                    .build();
    private final PostgresEventStore store = new PostgresEventStore(Logs.empty().dataSource());
    private final CommandHandler<Register, Facts, String> handler =
            DecisionModel.handler(store, types, UniqueUsernameTest::register);

    private static Set<Tag> tags(AccountEvent event) {
        return switch (event) {
            case AccountRegistered(var name) -> Set.of(new Tag("username", name));
            case AccountClosed(var name, _) -> Set.of(new Tag("username", name));
            case UsernameChanged(var from, var to, _) ->
                    Set.of(new Tag("username", from), new Tag("username", to));
        };
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void gives_a_name_once() {
        assertThat(register("ann", NOON)).isInstanceOf(Accepted.class);
        assertThat(register("ann", NOON)).isEqualTo(new Refused<>("taken", 1));
        assertThat(register("bob", NOON)).isInstanceOf(Accepted.class);
    }

    @Test
    void gives_a_name_once_however_many_ask_at_once() throws Exception {
        var outcomes = Race.run(8, _ -> register("ann", NOON));

        assertThat(outcomes).filteredOn(Accepted.class::isInstance).hasSize(1);
        assertThat(store.read(Query.all(), 0, 10)).hasSize(1);
    }

    @Test
    void holds_a_name_for_a_while_after_it_was_given_up() {
        Logs.record(store, types, new AccountRegistered("ann"), new AccountClosed("ann", NOON));

        assertThat(register("ann", NOON.plus(HOLD).minusMillis(1)))
                .isEqualTo(new Refused<>("taken", 2));
        assertThat(register("ann", NOON.plus(HOLD))).isInstanceOf(Accepted.class);
    }

    @Test
    void holds_the_old_name_and_takes_the_new_one_when_a_name_changes() {
        Logs.record(
                store,
                types,
                new AccountRegistered("ann"),
                new UsernameChanged("ann", "anna", NOON));

        assertThat(register("ann", NOON)).isEqualTo(new Refused<>("taken", 2));
        assertThat(register("anna", NOON.plus(HOLD))).isEqualTo(new Refused<>("taken", 2));
        assertThat(register("ann", NOON.plus(HOLD))).isInstanceOf(Accepted.class);
    }

    private CommandOutcome<Facts, String> register(String username, Instant now) {
        return handler.handle(new Register(username, now), Metadata.none());
    }
}
