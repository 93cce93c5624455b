package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.EventFeed;
import dev.twofold.EventStoreException;
import dev.twofold.Query;
import dev.twofold.postgres.OrderPageView.OrderPage;
import dev.twofold.postgres.ReplicaStatus.State;
import dev.twofold.postgres.ViewAnswer.Behind;
import dev.twofold.testkit.TestReplicas;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplicasTest {
    private static final int READS =
            40; // at random: that a replica gets none is out of the question

    private static TestReplicas servers;
    private ReplicatedShop shop;

    @BeforeAll
    static void startServers() {
        servers = TestReplicas.start(2);
    }

    @AfterAll
    static void stopServers() {
        servers.close();
    }

    @BeforeEach
    void openShop() {
        shop = new ReplicatedShop(servers);
    }

    @AfterEach
    void closeShop() {
        shop.close();
    }

    @Test
    void replicas_answer_and_the_primary_has_nothing_to_do() {
        long token = shop.write();
        shop.awaitOn("a", token);
        shop.awaitOn("b", token);

        for (int i = 0; i < READS; i++) {
            assertThat(shop.read(token)).isEqualTo(token);
        }

        assertThat(shop.status("a").answered()).isPositive();
        assertThat(shop.status("b").answered()).isPositive();
        assertThat(shop.replicas.answeredByPrimary()).isZero();
    }

    @Test
    void what_a_replica_has_not_replayed_another_answers_or_else_the_primary() {
        shop.server("a").pauseReplay();
        long token = shop.write();
        shop.awaitOn("b", token);
        for (int i = 0; i < READS; i++) {
            assertThat(shop.read(token)).isEqualTo(token);
        }
        assertThat(shop.status("a").answered()).isZero();
        assertThat(shop.status("a").behind()).isPositive();
        assertThat(shop.replicas.answeredByPrimary()).isZero();

        shop.server("b").pauseReplay();
        long later = shop.write();
        assertThat(shop.read(later)).isEqualTo(later);
        assertThat(shop.replicas.answeredByPrimary()).isEqualTo(1);
        assertThat(shop.read(token)).isGreaterThanOrEqualTo(token);

        shop.server("a").resumeReplay();
        shop.server("b").resumeReplay();
        shop.awaitOn("a", later);
        for (int i = 0; i < READS; i++) {
            assertThat(shop.read(later)).isEqualTo(later);
        }
        assertThat(shop.status("a").answered()).isPositive();
    }

    @Test
    void nobody_reads_something_older_after_something_newer() {
        shop.server("a").pauseReplay();
        long token = shop.write();
        shop.awaitOn("b", token);
        assertThat(shop.read(token)).isEqualTo(token);

        for (int i = 0; i < READS; i++) {
            assertThat(shop.read(0)).isEqualTo(token);
        }
        assertThat(shop.status("a").behind()).isPositive();
        shop.server("a").resumeReplay();
    }

    @Test
    void what_a_cache_has_answered_counts_as_read() {
        shop.server("a").pauseReplay();
        shop.server("b").pauseReplay();
        long token = shop.write();
        shop.replicas.seen("order-page").answered(1, token);

        assertThat(shop.replicas.seen("order-page").isPast(1, token - 1)).isTrue();
        assertThat(shop.read(0)).isEqualTo(token);
        shop.server("a").resumeReplay();
        shop.server("b").resumeReplay();
    }

    @Test
    void tables_are_read_from_one_snapshot_with_how_far_they_are() {
        long token = shop.write();
        shop.awaitOn("a", token);
        shop.awaitOn("b", token);

        TableAnswer<Integer> answer =
                shop.reader.read(
                        token,
                        connection -> {
                            shop.write(); // is not seen any more
                            shop.awaitOn("a", token + 1);
                            shop.awaitOn("b", token + 1);
                            try (var statement = connection.createStatement();
                                    var row =
                                            statement.executeQuery(
                                                    "SELECT quantity FROM order_page")) {
                                row.next();
                                return row.getInt(1);
                            }
                        });

        assertThat(answer).isEqualTo(new TableAnswer.Read<>((int) token - 2, token, 1));
        assertThat(shop.replicas.answeredByPrimary()).isZero();
        assertThat(TableReader.ofLog(shop.replicas).read(token + 1, _ -> "rows"))
                .isEqualTo(new TableAnswer.Read<>("rows", token + 1, 0));
        assertThat(TableReader.ofLog(shop.replicas).read(token + 2, _ -> "rows"))
                .isEqualTo(new TableAnswer.Behind<>(token + 1));
    }

    @Test
    void a_statement_is_asked_of_a_server_that_is_far_enough() {
        TableStatement quantity =
                TableReader.of(shop.replicas, "order-page")
                        .statement(PlanFor.ANY_VALUES, "SELECT quantity FROM order_page");
        shop.server("a").pauseReplay();
        shop.server("b").pauseReplay();
        long token = shop.write();
        TableAnswer<Integer> expected = new TableAnswer.Read<>((int) token - 2, token, 1);
        assertThat(quantity.read(token, (_, _) -> {}, ResultSet::getInt)).isEqualTo(expected);
        assertThat(shop.replicas.answeredByPrimary()).isEqualTo(1);
        assertThat(quantity.read(token + 1, (_, _) -> {}, ResultSet::getInt))
                .isEqualTo(new TableAnswer.Behind<>(token));

        shop.server("a").resumeReplay();
        shop.awaitOn("a", token);
        for (int i = 0; i < READS; i++) {
            assertThat(quantity.read(0, (_, _) -> {}, ResultSet::getInt)).isEqualTo(expected);
        }
        assertThat(shop.status("a").answered()).isPositive();
        shop.server("b").resumeReplay();
    }

    @Test
    void a_question_that_took_too_long_is_not_asked_elsewhere() {
        AtomicInteger asked = new AtomicInteger();
        assertThatThrownBy(
                        () ->
                                TableReader.ofLog(shop.replicas)
                                        .read(
                                                0,
                                                connection -> {
                                                    asked.incrementAndGet();
                                                    return connection
                                                            .createStatement()
                                                            .execute(
                                                                    "SET LOCAL statement_timeout ="
                                                                            + " 20; SELECT"
                                                                            + " pg_sleep(60)");
                                                }))
                .isInstanceOf(EventStoreException.class)
                .rootCause()
                .hasMessageContaining("statement timeout");
        assertThat(asked).hasValue(1);
        shop.replicas.look();
        assertThat(shop.status("a").state()).isEqualTo(State.FOLLOWING);
        assertThat(shop.status("b").state()).isEqualTo(State.FOLLOWING);
    }

    @Test
    void history_is_folded_from_the_log_of_a_replica_as_of_one_moment() {
        long token = shop.write();
        shop.awaitOn("a", token);
        shop.awaitOn("b", token);
        long before = shop.replicas.answeredByPrimary();

        TableAnswer<EventFeed.Page> page =
                TableReader.ofLog(shop.replicas)
                        .read(
                                token,
                                connection -> {
                                    shop.write(); // is not seen any more
                                    shop.awaitOn("a", token + 1);
                                    shop.awaitOn("b", token + 1);
                                    return new LogSnapshot(connection).next(Query.all(), 0, 1_000);
                                });

        EventFeed.Page read = ((TableAnswer.Read<EventFeed.Page>) page).content();
        assertThat(read.upTo()).isEqualTo(token);
        assertThat(read.events().getLast().position()).isEqualTo(token);
        assertThat(shop.replicas.answeredByPrimary()).isEqualTo(before);
    }

    @Test
    void a_replica_that_is_further_behind_than_may_be_is_not_read_by_anybody() {
        try (ReplicatedShop strict =
                new ReplicatedShop(
                        servers, ReplicaLimits.STANDARD.withMaxLag(Duration.ofNanos(1)))) {
            strict.server("a").pauseReplay();
            for (int i = 0; i < 2; i++) {
                strict.write();
                servers.primary().execute("CHECKPOINT"); // has what is written sent
                strict.replicas.look();
            }

            assertThat(strict.status("a").state()).isEqualTo(State.LAGGING);
            assertThat(strict.status("a").reason()).endsWith("as its replay is paused");
            assertThat(strict.status("a").paused()).isTrue();
            assertThat(strict.status("a").lag()).isPositive();
            assertThat(strict.status("a").lagBytes()).isPositive();
            assertThat(strict.status("a").lagTime()).isPositive();
            for (int i = 0; i < READS; i++) {
                strict.read(0);
            }
            assertThat(strict.status("a").answered()).isZero();
            strict.server("a").resumeReplay();
        }
    }

    @Test
    void a_replica_that_is_killed_fails_nobody_and_is_read_again_when_it_is_back() {
        shop.server("a").kill();

        for (int i = 0; i < READS; i++) {
            assertThat(shop.read(0)).isEqualTo(2);
        }
        assertThat(shop.status("a").state()).isEqualTo(State.OUT_OF_REACH);
        assertThat(shop.status("a").failed()).isEqualTo(1);

        shop.server("a").start();
        shop.awaitOn("a", 2);
        shop.replicas.look();
        assertThat(shop.status("a").state()).isEqualTo(State.FOLLOWING);
        for (int i = 0; i < READS; i++) {
            assertThat(shop.read(0)).isEqualTo(2);
        }
        assertThat(shop.status("a").answered()).isPositive();
    }

    @Test
    void replicas_answer_while_the_primary_is_gone() {
        long token = shop.write();
        shop.awaitOn("a", token);
        shop.awaitOn("b", token);
        servers.primary().kill();
        try {
            for (int i = 0; i < READS; i++) {
                assertThat(shop.read(token)).isEqualTo(token);
            }
            shop.replicas.look();
            assertThat(shop.status("a").state()).isEqualTo(State.FOLLOWING);
            assertThat(shop.status("a").streaming()).isFalse();
            assertThat(shop.reader.find("o1", token + 1)).isEqualTo(new Behind<>(token));
        } finally {
            servers.primary().start();
        }
    }

    @Test
    void a_promoted_replica_is_not_read_any_more_however_fresh_it_looks() {
        shop.server("a").promote();
        shop.diverge("a", 5);
        long token = shop.write();
        shop.awaitOn("b", token);

        for (int i = 0; i < READS; i++) {
            assertThat(shop.read(token)).isEqualTo(token); // of the primary's history
        }
        assertThat(shop.status("a").answered()).isZero();
        assertThat(shop.status("a").refused()).isEqualTo(1);
        shop.replicas.look();
        assertThat(shop.status("a").state()).isEqualTo(State.FOREIGN);
        assertThat(shop.status("a").reason()).startsWith("it is no replica, or was promoted");

        shop.server("a").rebuild();
        shop.awaitOn("a", token);
        shop.replicas.look();
        assertThat(shop.status("a").state()).isEqualTo(State.FOLLOWING);
    }

    @Test
    void a_replica_of_a_promoted_one_is_not_read_though_it_is_a_replica() {
        shop.server("b").follow(shop.server("a"));
        shop.server("a").promote();
        shop.diverge("a", 5);
        shop.awaitOn("b", 7);
        long token = shop.write();

        for (int i = 0; i < READS; i++) {
            assertThat(shop.read(token)).isEqualTo(token);
        }
        assertThat(shop.status("b").answered()).isZero();
        assertThat(shop.status("b").refused()).isEqualTo(1);
        shop.replicas.look();
        assertThat(shop.status("b").state()).isEqualTo(State.FOREIGN);
        assertThat(shop.status("b").reason()).contains("follows another server");

        shop.server("a").rebuild();
        shop.server("b").rebuild();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void no_answer_is_too_old_or_of_another_history_whatever_happens_to_the_replicas(long seed)
            throws Exception {
        Random random = new Random(seed);
        AtomicLong token = new AtomicLong(shop.write());
        AtomicBoolean over = new AtomicBoolean();
        List<String> done = new ArrayList<>();
        try (Replicas watched = watched();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                ViewReader<OrderPage> reader = new ViewReader<>(watched, ReplicatedShop.PAGES);
                readers.add(threads.submit(() -> check(reader, token, over)));
            }
            while (watched.status().stream().allMatch(status -> status.answered() == 0)
                    && readers.stream().noneMatch(Future::isDone)) {
                Thread.onSpinWait(); // until a replica has answered before the first disturbance
            }
            try {
                Set<String> promoted = new HashSet<>();
                for (int step = 0; step < 8; step++) {
                    String name = random.nextBoolean() ? "a" : "b";
                    done.add(disturb(name, random.nextInt(promoted.isEmpty() ? 6 : 5), promoted));
                    for (int i = 0; i < 5; i++) {
                        token.set(shop.write());
                    }
                }
            } finally {
                over.set(true);
            }
            long reads = 0;
            for (Future<Long> reader : readers) {
                reads += reader.get();
            }
            assertThat(reads).as("seed %d, %s", seed, done).isGreaterThan(100);
            assertThat(watched.status()).anyMatch(status -> status.answered() > 0);
        } catch (java.util.concurrent.ExecutionException e) {
            throw new AssertionError("seed %d, %s".formatted(seed, done), e);
        } finally {
            servers.replicas().forEach(TestReplicas.Server::rebuild);
        }
    }

    /// Looked at often, by threads of their own, as in production.
    private Replicas watched() {
        return Replicas.of(
                shop.primary,
                shop.pools,
                new ReplicaLimits(
                        Duration.ofSeconds(30), Duration.ofMillis(20), Duration.ofSeconds(3)));
    }

    private String disturb(String name, int what, Set<String> promoted) {
        TestReplicas.Server server = shop.server(name);
        if (promoted.remove(name)) {
            server.rebuild();
            return "rebuild " + name;
        }
        switch (what) {
            case 0 -> server.pauseReplay();
            case 1 -> server.resumeReplay();
            case 2 -> server.disconnect();
            case 3 -> server.follow(servers.primary());
            case 4 -> {
                server.kill();
                shop.write();
                server.start();
            }
            default -> {
                server.resumeReplay();
                server.promote();
                promoted.add(name);
                shop.diverge(name, 20);
            }
        }
        return List.of("pause ", "resume ", "disconnect ", "reconnect ", "kill ", "promote ")
                        .get(what)
                + name;
    }

    /// Reads with tokens and without until it is over.
    private long check(ViewReader<OrderPage> reader, AtomicLong token, AtomicBoolean over) {
        long reads = 0;
        long last = 0;
        while (!over.get()) {
            boolean anything = reads % 2 == 0;
            long notBefore = anything ? 0 : token.get();
            if (!(reader.find("o1", notBefore) instanceof ViewAnswer.Found<OrderPage> found)) {
                throw new AssertionError("nothing was found as of " + notBefore);
            }
            if (found.document().quantity() + 2 != found.reached()) {
                throw new AssertionError("of another history: " + found);
            }
            if (found.reached() < Math.max(notBefore, last)) {
                throw new AssertionError(
                        "%s is older than %d or %d".formatted(found, notBefore, last));
            }
            last = found.reached();
            reads++;
        }
        return reads;
    }
}
