package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.AppendOutcome.Repeated;
import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.Decision.Accept;
import dev.twofold.Decision.Refuse;
import dev.twofold.EventSourcedHandler;
import dev.twofold.Metadata;
import dev.twofold.Receipt;
import dev.twofold.postgres.Accounts.AccountDecider;
import dev.twofold.postgres.Accounts.Balance;
import dev.twofold.postgres.Accounts.Command;
import dev.twofold.postgres.Accounts.Command.Deposit;
import dev.twofold.postgres.Accounts.Command.Withdraw;
import dev.twofold.postgres.Accounts.Event;
import dev.twofold.postgres.Accounts.TooLittle;
import dev.twofold.testkit.Race;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReceiptsTest {
    private final DataSource log = Logs.empty().dataSource();
    private final PostgresEventStore store = new PostgresEventStore(log);
    private final PostgresEventStore otherNode = new PostgresEventStore(log);
    private final EventSourcedHandler<Command, Balance, Event, TooLittle> accounts =
            new EventSourcedHandler<>(
                    store, Accounts.TYPES, new AccountDecider(), Accounts::boundary);
    private final EventSourcedHandler<Command, Balance, Event, TooLittle> accountsOfOtherNode =
            new EventSourcedHandler<>(
                    otherNode, Accounts.TYPES, new AccountDecider(), Accounts::boundary);

    @AfterEach
    void close() {
        store.close();
        otherNode.close();
    }

    @Test
    void a_command_sent_many_times_at_once_to_two_nodes_has_one_effect_and_one_answer()
            throws Exception {
        List<CommandOutcome<Balance, TooLittle>> outcomes =
                new ArrayList<>(
                        Race.run(
                                16,
                                i ->
                                        once(
                                                i % 2 == 0 ? accounts : accountsOfOtherNode,
                                                "deposit-1",
                                                new Deposit("42", 100))));

        assertThat(outcomes).containsOnlyOnce(new Accepted<>(new Balance(100), 1, 1));
        outcomes.remove(new Accepted<Balance, TooLittle>(new Balance(100), 1, 1));
        assertThat(outcomes).containsOnly(new CommandOutcome.Repeated<>("accepted", 1));
        assertThat(accounts.state(Accounts.history("42")).state()).isEqualTo(new Balance(100));
    }

    @Test
    void a_refusal_is_returned_again_even_when_the_command_would_be_taken_now() {
        once("withdraw-1", new Withdraw("42", 80));
        once("deposit-1", new Deposit("42", 100));

        assertThat(once("withdraw-1", new Withdraw("42", 80)))
                .isEqualTo(new CommandOutcome.Repeated<>("refused", 0));
        assertThat(once("withdraw-2", new Withdraw("42", 80)))
                .isEqualTo(new Accepted<>(new Balance(20), 2, 1));
    }

    @Test
    void a_receipt_is_kept_until_it_is_forgotten_by_its_age() {
        Append append = new Append(List.of(), List.of(), new Receipt("key", "answer"));
        assertThat(store.append(append)).isEqualTo(new Appended(1, 0));

        assertThat(store.forgetReceipts(Duration.ofDays(1))).isZero();
        assertThat(store.append(append)).isEqualTo(new Repeated("answer", 0));

        assertThat(store.forgetReceipts(Duration.ZERO)).isOne();
        assertThat(store.append(append)).isEqualTo(new Appended(1, 0));
    }

    private CommandOutcome<Balance, TooLittle> once(String key, Command command) {
        return once(accounts, key, command);
    }

    private static CommandOutcome<Balance, TooLittle> once(
            EventSourcedHandler<Command, Balance, Event, TooLittle> node,
            String key,
            Command command) {
        return node.once(
                        key,
                        decision ->
                                switch (decision) {
                                    case Accept<Event, TooLittle> _ -> "accepted";
                                    case Refuse<Event, TooLittle> _ -> "refused";
                                })
                .handle(command, Metadata.none());
    }
}
