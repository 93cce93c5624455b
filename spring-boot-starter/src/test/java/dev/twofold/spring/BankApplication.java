package dev.twofold.spring;

import dev.twofold.Codec;
import dev.twofold.CommandHandler;
import dev.twofold.EventSourcedHandler;
import dev.twofold.EventStore;
import dev.twofold.EventTypes;
import dev.twofold.QueryHandler;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.ViewAnswer;
import dev.twofold.postgres.ViewReader;
import dev.twofold.postgres.ViewTable;
import dev.twofold.spring.Accounts.Balance;
import dev.twofold.spring.Accounts.BalanceOf;
import dev.twofold.spring.Accounts.Command;
import dev.twofold.spring.Accounts.Event;
import dev.twofold.spring.Accounts.Rules;
import dev.twofold.spring.Accounts.Statement;
import dev.twofold.spring.Accounts.Statements;
import dev.twofold.spring.Accounts.TooLittle;
import javax.sql.DataSource;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;

// quote: application
@SpringBootConfiguration
@EnableAutoConfiguration
class BankApplication {

    @Bean
    EventTypes<Event> accountEvents(Codec codec) {
        return EventTypes.builder(Event.class, codec)
                .event("deposited", 1, Event.Deposited.class)
                .event("withdrawn", 1, Event.Withdrawn.class)
                .stream(Accounts::stream)
                .build();
    }

    @Bean
    CommandHandler<Command, Balance, TooLittle> accounts(
            EventStore store, EventTypes<Event> accountEvents) {
        return new EventSourcedHandler<>(store, accountEvents, new Rules(), Accounts::boundary);
    }

    @Bean
    ViewTable<Event, Statement> statements(Codec codec) {
        return new ViewTable<>(new Statements(), codec);
    }

    @Bean
    Projection<Event> statementProjection(
            EventTypes<Event> accountEvents, ViewTable<Event, Statement> statements) {
        return Projection.of(accountEvents, statements);
    }

    @Bean
    ViewReader<Statement> statementReader(
            DataSource dataSource, ViewTable<Event, Statement> statements) {
        return new ViewReader<>(dataSource, statements);
    }

    @Bean
    QueryHandler<BalanceOf, Long> balances(ViewReader<Statement> statementReader) {
        return (query, _) ->
                statementReader.find(query.account())
                                instanceof ViewAnswer.Found<Statement>(var statement, _, _, _)
                        ? (long) statement.balance()
                        : 0L;
    }
}
// end quote
