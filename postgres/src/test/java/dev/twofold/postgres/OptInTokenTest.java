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
import dev.twofold.Tag;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.testkit.Race;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A sign-up is confirmed by a token that was sent by mail, once and within an hour
/// (<https://dcb.events/examples/opt-in-token/>).
class OptInTokenTest {
    private static final Duration VALID = Duration.ofHours(1);
    private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");

    sealed interface SignUpEvent {
        String mail();

        String token();
    }

    record SignUpStarted(String mail, String token, Instant at) implements SignUpEvent {}

    record SignUpConfirmed(String mail, String token) implements SignUpEvent {}

    record Confirm(String mail, String token, Instant now) {}

    enum Refusal {
        NO_SUCH_TOKEN,
        USED,
        EXPIRED
    }

    private static DecisionModel<SignUpEvent, Refusal> confirm(Confirm command) {
        Tag mail = new Tag("mail", command.mail());
        Tag token = new Tag("token", command.token());
        var sentAt =
                Projection.<Optional<Instant>, SignUpEvent>of(Optional.empty(), mail, token)
                        .on(SignUpStarted.class, (_, event) -> Optional.of(event.at()));
        var used =
                Projection.<Boolean, SignUpEvent>of(false, mail, token)
                        .on(SignUpConfirmed.class, (_, _) -> true);
        return new DecisionModel<>(
                List.of(sentAt, used),
                facts -> {
                    if (facts.of(sentAt).isEmpty()) {
                        return Decision.refuse(Refusal.NO_SUCH_TOKEN);
                    }
                    if (facts.of(used)) {
                        return Decision.refuse(Refusal.USED);
                    }
                    return command.now().isAfter(facts.of(sentAt).get().plus(VALID))
                            ? Decision.refuse(Refusal.EXPIRED)
                            : Decision.accept(new SignUpConfirmed(command.mail(), command.token()));
                });
    }

    private final EventTypes<SignUpEvent> types =
            EventTypes.builder(SignUpEvent.class, new JacksonCodec())
                    .event("sign-up-started", 1, SignUpStarted.class)
                    .event("sign-up-confirmed", 1, SignUpConfirmed.class)
                    .tags(
                            event ->
                                    Set.of(
                                            new Tag("mail", event.mail()),
                                            new Tag("token", event.token())))
                    .build();
    private final PostgresEventStore store = new PostgresEventStore(Logs.empty().dataSource());
    private final CommandHandler<Confirm, Facts, Refusal> handler =
            DecisionModel.handler(store, types, OptInTokenTest::confirm);

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void takes_a_token_once() {
        Logs.record(store, types, new SignUpStarted("a@b.example", "7131", NOON));

        assertThat(confirm("a@b.example", "7131", NOON.plus(VALID))).isInstanceOf(Accepted.class);
        assertThat(confirm("a@b.example", "7131", NOON)).isEqualTo(new Refused<>(Refusal.USED, 2));
    }

    @Test
    void takes_a_token_once_however_often_it_comes_at_once() throws Exception {
        Logs.record(store, types, new SignUpStarted("a@b.example", "7131", NOON));

        var outcomes = Race.run(8, _ -> confirm("a@b.example", "7131", NOON));

        assertThat(outcomes).filteredOn(Accepted.class::isInstance).hasSize(1);
    }

    @Test
    void takes_no_token_that_has_expired_or_was_sent_to_somebody_else() {
        Logs.record(store, types, new SignUpStarted("a@b.example", "7131", NOON));

        assertThat(confirm("a@b.example", "7131", NOON.plus(VALID).plusMillis(1)))
                .isEqualTo(new Refused<>(Refusal.EXPIRED, 1));
        assertThat(confirm("x@b.example", "7131", NOON))
                .isEqualTo(new Refused<>(Refusal.NO_SUCH_TOKEN, 0));
        assertThat(confirm("a@b.example", "9999", NOON))
                .isEqualTo(new Refused<>(Refusal.NO_SUCH_TOKEN, 0));
    }

    private CommandOutcome<Facts, Refusal> confirm(String mail, String token, Instant now) {
        return handler.handle(new Confirm(mail, token, now), Metadata.none());
    }
}
