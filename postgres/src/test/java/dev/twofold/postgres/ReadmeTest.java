package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Contended;
import dev.twofold.CommandOutcome.Overloaded;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.CommandOutcome.Repeated;
import dev.twofold.EventSourcedHandler;
import dev.twofold.Metadata;
import dev.twofold.postgres.Accounts.AccountDecider;
import dev.twofold.postgres.Accounts.Command.Deposit;
import dev.twofold.postgres.Accounts.Command.Withdraw;
import dev.twofold.testkit.TestPostgres;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class ReadmeTest {
    @Test
    void the_lines_in_the_readme_run() {
        DataSource dataSource = TestPostgres.database().dataSource();

        // quote: readme
        PostgresLog.migrate(dataSource);
        try (var store = new PostgresEventStore(dataSource)) {
            var accounts =
                    new EventSourcedHandler<>(
                            store,
                            Accounts.TYPES,
                            new AccountDecider(),
                            command -> Accounts.history(command.account()));
            accounts.handle(new Deposit("42", 100), Metadata.none());
            String answer =
                    switch (accounts.handle(new Withdraw("42", 80), Metadata.none())) {
                        case Accepted(var balance, var position, _) ->
                                "left: %d, as of event %d".formatted(balance.amount(), position);
                        case Refused(var reason, _) -> "only " + reason.balance() + " there";
                        case Repeated(var first, _) -> first;
                        case Contended(var attempts) -> "lost " + attempts + " races, try again";
                        case Overloaded(var retryAfter) -> "try again in " + retryAfter;
                    };
            // end quote
            assertThat(answer).isEqualTo("left: 20, as of event 2");
        }
    }
}
