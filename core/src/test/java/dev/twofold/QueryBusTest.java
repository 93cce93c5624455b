package dev.twofold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class QueryBusTest {
    private final List<String> calls = new ArrayList<>();

    sealed interface CartQuery<A> extends QueryFor<A> {}

    record Count(String cart) implements CartQuery<Integer> {}

    record Items(String cart) implements CartQuery<List<String>> {}

    private static final Map<String, List<String>> CARTS = Map.of("1", List.of("pear", "plum"));

    @Test
    void takes_each_query_to_its_handler_through_the_interceptors() {
        QueryBus bus = bus(noting("outer"), noting("inner"));

        int count = bus.ask(new Count("1"), Metadata.none());
        List<String> items = bus.ask(new Items("1"), Metadata.none());

        assertThat(count).isEqualTo(2);
        assertThat(items).containsExactly("pear", "plum");
        assertThat(calls)
                .containsExactly(
                        "outer Count[cart=1]",
                        "inner Count[cart=1]",
                        "outer Items[cart=1]",
                        "inner Items[cart=1]");
    }

    @Test
    void gives_back_the_handler_with_the_interceptors_around_it() {
        QueryHandler<Count, Integer> handler =
                QueryBus.builder(noting("outer")).register(Count.class, QueryBusTest::count);

        assertThat(handler.answer(new Count("1"), Metadata.none())).isEqualTo(2);
        assertThat(calls).containsExactly("outer Count[cart=1]");
    }

    @Test
    void a_query_that_a_check_refuses_goes_no_further() {
        QueryBus bus =
                bus(
                        QueryInterceptor.checking(
                                (query, metadata) -> {
                                    if (metadata.actor() == null) {
                                        throw new SecurityException("who asks for " + query + "?");
                                    }
                                }),
                        noting("inner"));

        assertThatThrownBy(() -> bus.ask(new Count("1"), Metadata.none()))
                .isInstanceOf(SecurityException.class)
                .hasMessage("who asks for Count[cart=1]?");
        assertThat(calls).isEmpty();
        assertThat(bus.ask(new Count("1"), new Metadata(null, null, "ann", null))).isEqualTo(2);
    }

    @Test
    void names_the_queries_it_knows_when_there_is_no_handler() {
        record Total(String cart) implements QueryFor<Long> {}

        assertThatThrownBy(() -> bus().ask(new Total("1"), Metadata.none()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "no handler is registered for %s, only for [Count, Items]",
                        Total.class.getName());
    }

    @Test
    void refuses_a_second_handler_for_a_query_and_one_for_an_abstract_class() {
        QueryBus.Builder builder = QueryBus.builder();
        builder.register(Count.class, QueryBusTest::count);

        assertThatThrownBy(() -> builder.register(Count.class, QueryBusTest::count))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("%s has a handler already", Count.class.getName());
        assertThatThrownBy(() -> builder.register(abstractQuery(), (_, _) -> "any"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is abstract; register a handler for each record of it");
    }

    @Test
    void a_query_too_many_is_given_up_and_others_have_their_turn_again() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        QueryHandler<Count, Integer> handler =
                QueryBus.builder(QueryInterceptor.limiting(1, Duration.ZERO))
                        .register(
                                Count.class,
                                (query, metadata) -> {
                                    inside.countDown();
                                    await(leave);
                                    return count(query, metadata);
                                });
        Thread first =
                Thread.ofVirtual().start(() -> handler.answer(new Count("1"), Metadata.none()));
        inside.await();

        assertThatThrownBy(() -> handler.answer(new Count("1"), Metadata.none()))
                .isInstanceOf(TooManyQueriesException.class)
                .hasMessage(
                        "Count was not answered: 1 queries are being answered, and none ended"
                                + " within PT0S; try again");

        leave.countDown();
        first.join();
        assertThat(handler.answer(new Count("1"), Metadata.none())).isEqualTo(2);
    }

    @Test
    void an_interceptor_may_be_for_queries_of_a_type_only() {
        QueryBus bus = bus(QueryInterceptor.only(Items.class, noting("items")), noting("any"));

        bus.ask(new Count("1"), Metadata.none());
        bus.ask(new Items("1"), Metadata.none());

        assertThat(calls)
                .containsExactly("any Count[cart=1]", "items Items[cart=1]", "any Items[cart=1]");
    }

    @Test
    void a_query_that_fails_gives_its_turn_back() {
        QueryHandler<Count, Integer> handler =
                QueryBus.builder(QueryInterceptor.limiting(1, Duration.ZERO))
                        .register(Count.class, QueryBusTest::count);

        assertThatThrownBy(() -> handler.answer(new Count("none"), Metadata.none()))
                .isInstanceOf(NullPointerException.class);
        assertThat(handler.answer(new Count("1"), Metadata.none())).isEqualTo(2);
    }

    @Test
    void who_is_interrupted_waits_for_no_turn() {
        QueryHandler<Count, Integer> handler =
                QueryBus.builder(QueryInterceptor.limiting(1, Duration.ofDays(1)))
                        .register(Count.class, QueryBusTest::count);
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> handler.answer(new Count("1"), Metadata.none()))
                .isInstanceOf(TooManyQueriesException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void refuses_a_limit_that_is_none() {
        assertThatThrownBy(() -> QueryInterceptor.limiting(0, Duration.ZERO))
                .hasMessage("1 or more queries are answered at once, but 0 was asked for");
        assertThatThrownBy(() -> QueryInterceptor.limiting(1, Duration.ofMillis(-1)))
                .hasMessage("a query waits for no negative time, but PT-0.001S was asked for");
    }

    private static QueryBus bus(QueryInterceptor... interceptors) {
        QueryBus.Builder builder = QueryBus.builder(interceptors);
        builder.register(Count.class, QueryBusTest::count);
        builder.register(Items.class, (query, _) -> CARTS.getOrDefault(query.cart(), List.of()));
        return builder.build();
    }

    private static int count(Count query, Metadata metadata) {
        return Objects.requireNonNull(CARTS.get(query.cart())).size();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Class<CartQuery<String>> abstractQuery() {
        return (Class) CartQuery.class;
    }

    private QueryInterceptor noting(String name) {
        return QueryInterceptor.checking((query, _) -> calls.add(name + " " + query));
    }
}
