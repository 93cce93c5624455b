package dev.twofold.catalog.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Metadata;
import dev.twofold.catalog.TestWriteSide;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.catalog.product.Money;
import dev.twofold.catalog.product.ProductCommand.CreateProduct;
import dev.twofold.catalog.product.ProductDetails;
import dev.twofold.catalog.webhook.Receiver.Heard;
import dev.twofold.postgres.PostgresLeases;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class DispatcherTest {
    private static final WebhookSettings SETTINGS =
            new WebhookSettings(
                    true,
                    Duration.ofSeconds(10),
                    20,
                    Duration.ofMillis(1),
                    Duration.ofMillis(5),
                    null);

    private final TestWriteSide catalog = new TestWriteSide();
    private final Webhooks webhooks = new Webhooks(catalog.dataSource(), SecretSeal.none());
    private final Sender sender =
            new Sender(new Addresses(InetAddress::getAllByName, _ -> true), SETTINGS.deadline());
    private Receiver receiver;

    @BeforeEach
    void listen() throws IOException {
        receiver = new Receiver();
    }

    @AfterEach
    void close() {
        sender.close();
        receiver.close();
        catalog.close();
    }

    @Test
    void goes_on_after_a_restart_where_it_was() throws Exception {
        String id = webhooks.create(receiver.url(), List.of(), 0).orElseThrow().id();
        create(1, 3);
        try (Dispatcher _ = dispatcher()) {
            assertThat(heard(3)).containsExactly(1L, 2L, 3L);
            awaitPosition(id, 3);
        }
        create(4, 6);
        assertThat(receiver.isQuiet()).isTrue();
        try (Dispatcher _ = dispatcher()) {
            assertThat(heard(3)).containsExactly(4L, 5L, 6L);
            awaitPosition(id, 6);
        }
        assertThat(receiver.isQuiet()).isTrue();
    }

    @Test
    void tells_each_event_once_and_in_order_from_several_nodes() throws Exception {
        String id = webhooks.create(receiver.url(), List.of(), 0).orElseThrow().id();
        try (Dispatcher _ = dispatcher();
                Dispatcher _ = dispatcher();
                Dispatcher _ = dispatcher()) {
            create(1, 100);
            assertThat(heard(100)).isEqualTo(LongStream.rangeClosed(1, 100).boxed().toList());
            awaitPosition(id, 100);
        }
        assertThat(receiver.isQuiet()).isTrue();
        assertThat(webhooks.deliveries(id, 1_000)).hasSize(100);
    }

    @Test
    void holds_back_nobody_for_a_receiver_that_is_down() throws Exception {
        try (Receiver down = new Receiver()) {
            down.answers(500);
            webhooks.create(down.url(), List.of(), 0);
            String id = webhooks.create(receiver.url(), List.of(), 0).orElseThrow().id();
            create(1, 5);
            try (Dispatcher _ = dispatcher()) {
                assertThat(heard(5)).containsExactly(1L, 2L, 3L, 4L, 5L);
                awaitPosition(id, 5);
                assertThat(down.next().position()).isEqualTo(1);
            }
        }
    }

    @Test
    void waits_longer_after_each_attempt() {
        WebhookSettings slow =
                new WebhookSettings(
                        false,
                        Duration.ofSeconds(10),
                        20,
                        Duration.ofSeconds(5),
                        Duration.ofHours(1),
                        null);
        assertThat(List.of(slow.pause(1), slow.pause(2), slow.pause(3)))
                .containsExactly(
                        Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(20));
        assertThat(slow.pause(10)).isEqualTo(Duration.ofSeconds(2_560));
        assertThat(slow.pause(11)).isEqualTo(Duration.ofHours(1));
        assertThat(slow.pause(19)).isEqualTo(Duration.ofHours(1));
    }

    private Dispatcher dispatcher() {
        Dispatcher dispatcher =
                new Dispatcher(
                        webhooks,
                        catalog.store,
                        catalog.store::awaitBeyond,
                        new PostgresLeases(catalog.dataSource()),
                        new LogEpoch("log", catalog.store::head),
                        sender,
                        SETTINGS,
                        new JsonMapper(),
                        Clock.systemUTC());
        dispatcher.start();
        return dispatcher;
    }

    private List<Long> heard(int count) throws InterruptedException {
        List<Heard> heard = new ArrayList<>();
        while (heard.size() < count) {
            heard.add(receiver.next());
        }
        return heard.stream().map(Heard::position).toList();
    }

    private void awaitPosition(String id, long position) {
        while (webhooks.find(id).orElseThrow().position() < position) {
            Thread.onSpinWait();
        }
    }

    private void create(int from, int to) {
        for (int i = from; i <= to; i++) {
            catalog.products.handle(
                    new CreateProduct(
                            "p" + i,
                            "SKU-" + i,
                            ProductDetails.of("Product", Money.parse("1 EUR"), 1)),
                    Metadata.none());
        }
    }
}
