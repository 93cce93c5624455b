package dev.twofold.spring;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.twofold.CommandBus;
import dev.twofold.CommandHandler;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.EventStore;
import dev.twofold.EventStoreException;
import dev.twofold.InMemoryEventStore;
import dev.twofold.Metadata;
import dev.twofold.QueryBus;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.ReplicaStatus.State;
import dev.twofold.postgres.Replicas;
import dev.twofold.postgres.TableReader;
import dev.twofold.postgres.ViewAnswer;
import dev.twofold.postgres.ViewReader;
import dev.twofold.postgres.WaitOutcome.Reached;
import dev.twofold.spring.Accounts.Balance;
import dev.twofold.spring.Accounts.BalanceOf;
import dev.twofold.spring.Accounts.Command.Deposit;
import dev.twofold.spring.Accounts.Command.Withdraw;
import dev.twofold.spring.Accounts.Statement;
import dev.twofold.spring.Accounts.TooLittle;
import dev.twofold.testkit.TestPostgres;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import jakarta.validation.ConstraintViolationException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.DefaultApplicationArguments;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;
import org.springframework.context.ApplicationContext;

class AutoConfigurationTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final TestPostgres.Database database = TestPostgres.database();
    private final ApplicationContextRunner plain =
            new ApplicationContextRunner()
                    .withPropertyValues("spring.datasource.url=" + database.url())
                    .withConfiguration(
                            AutoConfigurations.of(
                                    DataSourceAutoConfiguration.class,
                                    MetricsAutoConfiguration.class,
                                    ValidationAutoConfiguration.class,
                                    TwofoldAutoConfiguration.class,
                                    ReplicasAutoConfiguration.class,
                                    ReplicaHealthAutoConfiguration.class,
                                    ReplicaMetricsAutoConfiguration.class,
                                    ProjectionsAutoConfiguration.class,
                                    ProjectionHealthAutoConfiguration.class,
                                    ProjectionMetricsAutoConfiguration.class));
    private final ApplicationContextRunner bank =
            plain.withUserConfiguration(BankApplication.class)
                    .withBean(MeterRegistry.class, SimpleMeterRegistry::new);

    @Test
    void takes_commands_to_their_handlers_and_events_into_their_views() {
        bank.run(
                context -> {
                    // quote: use
                    CommandBus bus = context.getBean(CommandBus.class);
                    var accepted = bus.send(new Deposit("42", 100), Metadata.none());
                    var refused = bus.send(new Withdraw("42", 101), Metadata.none());

                    assertThat(accepted).isEqualTo(new Accepted<>(new Balance(100), 1, 1));
                    assertThat(refused).isEqualTo(new Refused<>(new TooLittle(100), 1));
                    // end quote
                    assertThat(reached(context, 1)).isTrue();
                    assertThat(statement(context, "42"))
                            .isInstanceOfSatisfying(
                                    ViewAnswer.Found.class,
                                    found ->
                                            assertThat(found.document())
                                                    .isEqualTo(new Statement(100, 1)));
                });
    }

    @Test
    void validates_and_observes_commands() {
        TestObservationRegistry observations = TestObservationRegistry.create();
        bank.withBean(TestObservationRegistry.class, () -> observations)
                .run(
                        context -> {
                            CommandBus bus = context.getBean(CommandBus.class);
                            assertThatThrownBy(
                                            () -> bus.send(new Deposit("42", -1), Metadata.none()))
                                    .isInstanceOf(ConstraintViolationException.class)
                                    .hasMessageContaining("amount");
                            TestObservationRegistryAssert.assertThat(observations)
                                    .hasObservationWithNameEqualTo("twofold.command")
                                    .that()
                                    .hasLowCardinalityKeyValue("command", "Deposit")
                                    .hasLowCardinalityKeyValue("outcome", "error");
                        });
    }

    @Test
    void takes_queries_to_their_handlers_validated_and_observed() {
        TestObservationRegistry observations = TestObservationRegistry.create();
        bank.withBean(TestObservationRegistry.class, () -> observations)
                .run(
                        context -> {
                            deposit(context, 100);
                            assertThat(reached(context, 1)).isTrue();
                            // quote: query
                            QueryBus bus = context.getBean(QueryBus.class);
                            long balance = bus.ask(new BalanceOf("42"), Metadata.none());

                            assertThat(balance).isEqualTo(100);
                            // end quote
                            assertThatThrownBy(() -> bus.ask(new BalanceOf(" "), Metadata.none()))
                                    .isInstanceOf(ConstraintViolationException.class)
                                    .hasMessageContaining("account");
                            TestObservationRegistryAssert.assertThat(observations)
                                    .hasAnObservationWithAKeyValue("query", "BalanceOf")
                                    .hasAnObservationWithAKeyValue("outcome", "answered")
                                    .hasAnObservationWithAKeyValue("outcome", "error");
                        });
    }

    @Test
    void is_well_while_views_keep_up_and_says_what_is_amiss() {
        bank.run(
                context -> {
                    deposit(context, 1);
                    assertThat(reached(context, 1)).isTrue();
                    Health well = health(context);
                    assertThat(well.getStatus()).isEqualTo(Status.UP);
                    assertThat(well.getDetails().get("partitions"))
                            .asString()
                            .contains("projection=statement", "role=serving", "lag=0", "owner=");

                    deposit(context, Accounts.UNREADABLE);
                    assertThat(reached(context, 2)).isTrue();
                    Health unwell = health(context);
                    while (unwell.getStatus().equals(Status.UP)) {
                        unwell = health(context); // while the event is tried again
                    }
                    assertThat(unwell.getStatus()).isEqualTo(Status.DOWN);
                    assertThat(unwell.getDetails())
                            .containsEntry(
                                    "alarms",
                                    List.of("statement has parked 1 events, allowed are 0"));
                });
        bank.withPropertyValues("twofold.health.max-parked=1")
                .run(context -> assertThat(health(context).getStatus()).isEqualTo(Status.UP));
    }

    @Test
    void is_unwell_when_a_view_is_behind_stands_still_or_has_lost_its_checkpoint()
            throws SQLException {
        bank.run(
                context -> {
                    deposit(context, 1);
                    assertThat(reached(context, 1)).isTrue();
                });
        ApplicationContextRunner idle =
                bank.withPropertyValues("twofold.projections.enabled=false");
        idle.run(
                context -> {
                    deposit(context, 1);
                    assertThat(health(context).getStatus()).isEqualTo(Status.UP);
                });
        idle.withPropertyValues("twofold.health.max-lag=0")
                .run(
                        context ->
                                assertThat(alarms(context))
                                        .isEqualTo(
                                                "[statement is 1 events behind, allowed are 0]"));
        idle.withPropertyValues("twofold.health.max-lag-time=0s")
                .run(
                        context ->
                                assertThat(alarms(context))
                                        .matches(
                                                "\\[statement is \\d+ seconds behind, allowed are"
                                                        + " 0]"));
        execute("UPDATE twofold.checkpoint SET stopped_at = 2, error = 'nobody can read it'");
        idle.run(
                context -> {
                    assertThat(alarms(context))
                            .isEqualTo(
                                    "[statement stands still after position 1: nobody can read"
                                            + " it]");
                    assertThat(health(context).getDetails().get("partitions"))
                            .asString()
                            .contains("stoppedBecause=nobody can read it");
                });
        execute("DELETE FROM twofold.checkpoint");
        idle.run(
                context -> assertThat(alarms(context)).isEqualTo("[statement has not been begun]"));
    }

    private static String alarms(ApplicationContext context) {
        Health health = health(context);
        assertThat(health.getStatus()).isEqualTo(Status.DOWN);
        return String.valueOf(health.getDetails().get("alarms"));
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                java.sql.Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void measures_each_partition() {
        bank.run(
                context -> {
                    deposit(context, 1);
                    assertThat(reached(context, 1)).isTrue();
                    context.getBean(ProjectionMetrics.class).read();
                    MeterRegistry meters = context.getBean(MeterRegistry.class);
                    assertThat(gauge(meters, "position")).isEqualTo(1);
                    assertThat(gauge(meters, "lag")).isZero();
                    assertThat(gauge(meters, "lag.time")).isZero();
                    assertThat(gauge(meters, "batch")).isEqualTo(1);
                    assertThat(gauge(meters, "rate")).isNotNegative();
                    assertThat(gauge(meters, "parked")).isZero();
                    assertThat(gauge(meters, "stopped")).isZero();
                    assertThat(
                                    meters.get("twofold.projection.owner")
                                            .gauge()
                                            .getId()
                                            .getTag("node"))
                            .isNotBlank();
                });
    }

    @Test
    void leaves_the_views_to_other_nodes_when_told_to() {
        bank.withPropertyValues("twofold.projections.enabled=false")
                .run(
                        context -> {
                            assertThat(context).doesNotHaveBean(ProjectionsLifecycle.class);
                            assertThat(context).doesNotHaveBean(CatchUp.class);
                            deposit(context, 1);
                            Health health = health(context);
                            assertThat(health.getDetails())
                                    .containsEntry(
                                            "alarms", List.of("statement has not been begun"));
                        });
    }

    @Test
    void is_ready_once_caught_up_with_the_log_as_it_was_at_start() {
        bank.withPropertyValues("twofold.projections.enabled=false")
                .run(context -> deposit(context, 1));
        bank.run(
                context -> {
                    for (ApplicationRunner runner :
                            context.getBeansOfType(ApplicationRunner.class).values()) {
                        runner.run(new DefaultApplicationArguments());
                    }
                    assertThat(statement(context, "42")).isInstanceOf(ViewAnswer.Found.class);
                });
    }

    @Test
    void stops_with_all_that_was_accepted_written() {
        bank.run(
                context -> {
                    deposit(context, 1);
                    ProjectionsLifecycle lifecycle = context.getBean(ProjectionsLifecycle.class);
                    assertThat(lifecycle.isRunning()).isTrue();
                    context.close();
                    assertThat(lifecycle.isRunning()).isFalse();
                    assertThatThrownBy(lifecycle::start)
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("do not start again");
                });
        try (PostgresEventStore store = new PostgresEventStore(database.dataSource())) {
            assertThat(store.head()).isEqualTo(1);
        }
    }

    @Test
    void steps_back_for_what_an_application_brings_itself() {
        plain.withBean(EventStore.class, () -> new InMemoryEventStore(Clock.systemUTC()))
                .run(
                        context -> {
                            assertThat(context).hasSingleBean(CommandBus.class);
                            assertThat(context).doesNotHaveBean(PostgresEventStore.class);
                            assertThat(context).doesNotHaveBean(Projections.class);
                        });
    }

    @Test
    void refuses_a_handler_whose_commands_cannot_be_told() {
        plain.withBean(
                        "erased",
                        CommandHandler.class,
                        () -> (command, metadata) -> new Refused<>("never", 0))
                .run(
                        context ->
                                assertThat(context)
                                        .getFailure()
                                        .rootCause()
                                        .hasMessageContaining("\"erased\"")
                                        .hasMessageContaining("with its type arguments"));
    }

    @Test
    void tells_how_replicas_are_and_starts_without_them() {
        bank.withPropertyValues("twofold.replicas.urls=jdbc:postgresql://127.0.0.1:1/none")
                .run(
                        context -> {
                            Replicas replicas = context.getBean(Replicas.class);
                            while (replicas.status().getFirst().state() != State.OUT_OF_REACH) {
                                Thread.onSpinWait();
                            }
                            Health health =
                                    requireNonNull(
                                            context.getBean(
                                                            "replicasHealthIndicator",
                                                            HealthIndicator.class)
                                                    .health());
                            assertThat(health.getStatus()).isEqualTo(Status.DOWN);
                            assertThat(health.getDetails().get("alarms"))
                                    .asString()
                                    .contains("127.0.0.1:1: it does not answer");
                            assertThat(
                                            context.getBean(MeterRegistry.class)
                                                    .get("twofold.replica.state")
                                                    .tag("replica", "127.0.0.1:1")
                                                    .tag("state", "out-of-reach")
                                                    .gauge()
                                                    .value())
                                    .isEqualTo(1);
                        });
    }

    @Test
    void stops_statements_of_reads_that_take_too_long_and_lets_none_write() {
        bank.withPropertyValues("twofold.replicas.statement-timeout=50ms")
                .run(
                        context -> {
                            TableReader reader = TableReader.ofLog(context.getBean(Replicas.class));
                            assertThat(failure(reader, "SELECT pg_sleep(60)"))
                                    .isEqualTo("57014"); // query canceled
                            assertThat(failure(reader, "CREATE TABLE written ()"))
                                    .isEqualTo("25006"); // read-only transaction
                            deposit(context, 1);
                        });
    }

    private static String failure(TableReader reader, String sql) {
        EventStoreException thrown =
                catchThrowableOfType(
                        EventStoreException.class,
                        () ->
                                reader.read(
                                        0,
                                        connection -> {
                                            try (java.sql.Statement statement =
                                                    connection.createStatement()) {
                                                return statement.execute(sql);
                                            }
                                        }));
        return requireNonNull((SQLException) thrown.getCause()).getSQLState();
    }

    @Test
    void names_each_property_that_is_wrong_at_once() {
        plain.withPropertyValues(
                        "twofold.projections.at-once=0",
                        "twofold.health.max-lag=-1",
                        "twofold.metrics.interval=0s",
                        "twofold.replicas.urls=jdbc:postgresql://a/x,jdbc:postgresql://a/x",
                        "twofold.replicas.max-lag=0s")
                .run(
                        context ->
                                assertThat(context)
                                        .getFailure()
                                        .rootCause()
                                        .hasMessage(
                                                "twofold.projections.at-once must be 1 or more, but"
                                                    + " was 0; twofold.health.max-lag must be 0 or"
                                                    + " more events, but was -1;"
                                                    + " twofold.metrics.interval must be above 0,"
                                                    + " but was PT0S; twofold.replicas.urls has a"
                                                    + " twice; twofold.replicas.max-lag must be"
                                                    + " above 0, but was PT0S"));
    }

    @Test
    void shows_no_password_of_a_replica() {
        for (String url :
                List.of("jdbc:postgresql://me:secret@a/x", "jdbc:postgresql://a,b/x?p=secret")) {
            bank.withPropertyValues("twofold.replicas.urls[0]=" + url)
                    .run(
                            context ->
                                    assertThat(context)
                                            .getFailure()
                                            .rootCause()
                                            .hasMessageContaining("twofold.replicas.urls must be")
                                            .hasMessageNotContaining("secret"));
        }
    }

    private static void deposit(ApplicationContext context, int amount) {
        assertThat(
                        context.getBean(CommandBus.class)
                                .send(new Deposit("42", amount), Metadata.none()))
                .isInstanceOf(Accepted.class);
    }

    private static boolean reached(ApplicationContext context, long position)
            throws InterruptedException {
        return context.getBean(Projections.class).await("statement", position, LONG)
                instanceof Reached;
    }

    private static ViewAnswer<?> statement(ApplicationContext context, String account) {
        return context.getBean(ViewReader.class).find(account);
    }

    private static Health health(ApplicationContext context) {
        return requireNonNull(
                context.getBean("projectionsHealthIndicator", HealthIndicator.class).health());
    }

    private static double gauge(MeterRegistry meters, String name) {
        return meters.get("twofold.projection." + name)
                .tags("projection", "statement", "role", "serving", "partition", "0")
                .gauge()
                .value();
    }
}
