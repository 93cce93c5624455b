package dev.twofold.postgres;

import static dev.twofold.postgres.Accounts.TYPES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.EventSourcedHandler;
import dev.twofold.Metadata;
import dev.twofold.postgres.Accounts.AccountDecider;
import dev.twofold.postgres.Accounts.Balance;
import dev.twofold.postgres.Accounts.Command.Deposit;
import dev.twofold.postgres.Accounts.Command.Withdraw;
import dev.twofold.postgres.Accounts.TooLittle;
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
            var rules = new AccountDecider();
            var accounts = new EventSourcedHandler<>(store, TYPES, rules, Accounts::boundary);

            accounts.handle(new Deposit("42", 100), Metadata.none());
            var first = accounts.handle(new Withdraw("42", 80), Metadata.none());
            var second = accounts.handle(new Withdraw("42", 80), Metadata.none());

            assertThat(first).isEqualTo(new Accepted<>(new Balance(20), 2, 1)); // as of event 2
            assertThat(second).isEqualTo(new Refused<>(new TooLittle(20), 2));
        }
        // end quote
    }
}
