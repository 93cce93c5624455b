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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A cart is ordered at the prices it shows, which are honoured for ten minutes after they changed
/// (<https://dcb.events/examples/dynamic-product-price/>).
class HonouredPriceTest {
    private static final Duration HONOURED = Duration.ofMinutes(10);
    private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");

    sealed interface ShopEvent {}

    record PriceSet(String product, int cents, Instant at) implements ShopEvent {}

    record Ordered(List<Line> lines) implements ShopEvent {}

    record Line(String product, int cents) {}

    record Order(List<Line> lines, Instant now) {}

    /// Prices of one product, the newest last, and when each began to hold.
    private static Projection<List<PriceSet>, ShopEvent> prices(String product) {
        return Projection.<List<PriceSet>, ShopEvent>of(List.of(), new Tag("product", product))
                .on(
                        PriceSet.class,
                        (prices, event) -> {
                            List<PriceSet> more = new ArrayList<>(prices);
                            more.add(event);
                            return List.copyOf(more);
                        });
    }

    private static boolean honours(List<PriceSet> prices, int cents, Instant now) {
        for (int i = 0; i < prices.size(); i++) {
            boolean holds =
                    i == prices.size() - 1 || !now.isAfter(prices.get(i + 1).at().plus(HONOURED));
            if (holds && prices.get(i).cents() == cents) {
                return true;
            }
        }
        return false;
    }

    private static DecisionModel<ShopEvent, Set<String>> order(Order command) {
        record Shown(Line line, Projection<List<PriceSet>, ShopEvent> prices) {}
        List<Shown> shown =
                command.lines().stream()
                        .map(line -> new Shown(line, prices(line.product())))
                        .toList();
        return new DecisionModel<>(
                shown.stream().map(Shown::prices).toList(),
                facts -> {
                    Set<String> outdated =
                            shown.stream()
                                    .filter(
                                            one ->
                                                    !honours(
                                                            facts.of(one.prices()),
                                                            one.line().cents(),
                                                            command.now()))
                                    .map(one -> one.line().product())
                                    .collect(Collectors.toSet());
                    return outdated.isEmpty()
                            ? Decision.accept(new Ordered(command.lines()))
                            : Decision.refuse(outdated);
                });
    }

    private final EventTypes<ShopEvent> types =
            EventTypes.builder(ShopEvent.class, new JacksonCodec())
                    .event("price-set", 1, PriceSet.class)
                    .event("ordered", 1, Ordered.class)
                    .tags(HonouredPriceTest::tags)
                    .build();
    private final PostgresEventStore store = new PostgresEventStore(Logs.empty().dataSource());
    private final CommandHandler<Order, Facts, Set<String>> handler =
            DecisionModel.handler(store, types, HonouredPriceTest::order);

    private static Set<Tag> tags(ShopEvent event) {
        return switch (event) {
            case PriceSet(var product, _, _) -> Set.of(new Tag("product", product));
            case Ordered(var lines) ->
                    lines.stream()
                            .map(line -> new Tag("product", line.product()))
                            .collect(Collectors.toSet());
        };
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void takes_the_price_of_now() {
        Logs.record(store, types, new PriceSet("pear", 100, NOON));

        assertThat(order(NOON.plus(Duration.ofDays(300)), new Line("pear", 100)))
                .isInstanceOf(Accepted.class);
    }

    @Test
    void honours_the_price_before_for_a_while() {
        Instant one = NOON.plus(Duration.ofHours(1));
        Logs.record(store, types, new PriceSet("pear", 100, NOON), new PriceSet("pear", 120, one));

        assertThat(order(one.plus(HONOURED), new Line("pear", 100))).isInstanceOf(Accepted.class);
        assertThat(order(one.plus(HONOURED), new Line("pear", 120))).isInstanceOf(Accepted.class);
        assertThat(order(one.plus(HONOURED).plusMillis(1), new Line("pear", 100)))
                .isEqualTo(new Refused<>(Set.of("pear"), 2));
    }

    @Test
    void names_every_product_whose_price_never_held() {
        Logs.record(
                store,
                types,
                new PriceSet("pear", 100, NOON),
                new PriceSet("plum", 50, NOON),
                new PriceSet("fig", 70, NOON));

        assertThat(order(NOON, new Line("pear", 100), new Line("plum", 1), new Line("fig", 1)))
                .isEqualTo(new Refused<>(Set.of("plum", "fig"), 3));
    }

    private CommandOutcome<Facts, Set<String>> order(Instant now, Line... lines) {
        return handler.handle(new Order(List.of(lines), now), Metadata.none());
    }
}
