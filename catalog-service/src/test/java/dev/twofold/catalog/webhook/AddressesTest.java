package dev.twofold.catalog.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.catalog.webhook.Sender.Outcome;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressesTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "100.64.0.1",
                "127.0.0.1",
                "127.9.9.9",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.1",
                "192.0.2.1",
                "192.168.1.1",
                "198.18.0.1",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.1",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:127.0.0.1",
                "::127.0.0.1",
                "64:ff9b::a00:1",
                "64:ff9b:1::1",
                "100::1",
                "2001::1",
                "2001:db8::1",
                "2002:7f00:1::1",
                "2002:a00:1::",
                "fc00::1",
                "fd12:3456::1",
                "fe80::1",
                "fec0::1",
                "ff02::1"
            })
    void takes_for_private_what_is_not_of_the_public_internet(String address) {
        assertThat(Addresses.isPublic(InetAddress.ofLiteral(address))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "93.184.215.14",
                "100.63.255.255",
                "100.128.0.1",
                "172.32.0.1",
                "192.1.0.1",
                "198.20.0.1",
                "223.255.255.254",
                "2600::1",
                "2a00:1450:4001::1",
                "2001:4860:4860::8888",
                "2002:101:101::1",
                "64:ff9b::101:101"
            })
    void takes_for_public_what_is(String address) {
        assertThat(Addresses.isPublic(InetAddress.ofLiteral(address))).isTrue();
    }

    @Test
    void refuses_a_name_of_which_any_address_is_private() {
        Addresses addresses =
                new Addresses(
                        _ ->
                                new InetAddress[] {
                                    InetAddress.ofLiteral("1.1.1.1"),
                                    InetAddress.ofLiteral("10.0.0.1")
                                },
                        Addresses::isPublic);
        assertThatThrownBy(() -> addresses.resolve("mixed.example"))
                .isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("mixed.example")
                .hasMessageContaining("10.0.0.1");
    }

    /// The name stands for an address that is allowed when it is looked at, and for another one the
    /// next time.
    @Test
    void connects_to_the_address_that_was_looked_at_and_no_other() throws Exception {
        InetAddress allowed = InetAddress.ofLiteral("127.0.0.1");
        InetAddress forbidden = InetAddress.ofLiteral("127.0.0.2");
        Deque<InetAddress> answers = new ArrayDeque<>(List.of(allowed, forbidden));
        Addresses addresses =
                new Addresses(_ -> new InetAddress[] {answers.removeFirst()}, allowed::equals);
        try (Receiver receiver = new Receiver();
                Sender sender = new Sender(addresses, Duration.ofSeconds(10))) {
            receiver.answers(204, "Connection", "close");
            URI url = URI.create("http://rebound.example:%d/hook".formatted(receiver.port()));
            assertThat(sender.send(url, Map.of(), "{}").delivered()).isTrue();
            assertThat(answers).containsExactly(forbidden);

            Outcome second = sender.send(url, Map.of(), "{}");
            assertThat(second.delivered()).isFalse();
            assertThat(second.problem()).contains("127.0.0.2", "public internet");
            receiver.next();
            assertThat(receiver.isQuiet()).isTrue();
        }
    }

    @Test
    void resolves_addresses_that_are_written_out_as_well() throws Exception {
        try (Receiver receiver = new Receiver();
                Sender sender =
                        new Sender(
                                new Addresses(InetAddress::getAllByName, Addresses::isPublic),
                                Duration.ofSeconds(10))) {
            Outcome outcome = sender.send(URI.create(receiver.url()), Map.of(), "{}");
            assertThat(outcome.delivered()).isFalse();
            assertThat(outcome.problem()).contains("127.0.0.1", "public internet");
            assertThat(receiver.isQuiet()).isTrue();
        }
    }

    @Test
    void gives_up_on_a_receiver_that_says_nothing() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (Receiver receiver = new Receiver();
                Sender sender =
                        new Sender(
                                new Addresses(InetAddress::getAllByName, _ -> true),
                                Duration.ofMillis(200))) {
            receiver.answers(
                    _ -> {
                        try {
                            over.await();
                        } catch (InterruptedException _) {
                            Thread.currentThread().interrupt();
                        }
                    });
            Outcome outcome = sender.send(URI.create(receiver.url()), Map.of(), "{}");
            assertThat(outcome.delivered()).isFalse();
            assertThat(outcome.status()).isNull();
        } finally {
            over.countDown();
        }
    }
}
