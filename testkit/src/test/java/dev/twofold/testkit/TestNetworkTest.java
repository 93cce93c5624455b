package dev.twofold.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TestNetworkTest {
    private static final int SILENCE_MILLIS = 50;

    private ServerSocket server;
    private TestNetwork network;
    private Socket client;
    private Socket behind;

    @BeforeEach
    void connect() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        network = TestNetwork.to(server.getLocalPort());
        client = new Socket(InetAddress.getLoopbackAddress(), network.port());
        behind = server.accept();
        assertThat(sent("first")).isEqualTo("first");
    }

    @AfterEach
    void close() throws IOException {
        network.close();
        client.close();
        server.close();
    }

    @Test
    void what_is_held_arrives_when_the_network_is_healed() throws IOException {
        network.hold();
        client.getOutputStream().write("held".getBytes(UTF_8));
        assertNothingArrives(behind);

        network.heal();
        assertThat(received(behind, 4)).isEqualTo("held");
    }

    @Test
    void what_is_lost_never_arrives_and_neither_does_the_end() throws Exception {
        network.lose();
        client.getOutputStream().write("lost".getBytes(UTF_8));
        network.awaitLoss();
        network.heal();
        client.getOutputStream().write("too late".getBytes(UTF_8));
        client.close();

        assertNothingArrives(behind);
        behind.getOutputStream().write("nobody hears".getBytes(UTF_8));
    }

    @Test
    void a_connection_over_which_nothing_was_lost_goes_on() throws IOException {
        network.lose();
        network.heal();
        assertThat(sent("second")).isEqualTo("second");
    }

    @Test
    void a_connection_that_is_opened_while_all_is_lost_reaches_nobody() throws Exception {
        network.lose();
        try (Socket late = new Socket(InetAddress.getLoopbackAddress(), network.port())) {
            late.getOutputStream().write("lost".getBytes(UTF_8));
            network.awaitLoss();
            network.heal();
            assertNothingArrives(late);
            server.setSoTimeout(SILENCE_MILLIS);
            assertThatThrownBy(server::accept).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void a_cut_ends_connections_on_both_sides() throws IOException {
        network.cut();
        assertEnds(client);
        assertEnds(behind);
    }

    @Test
    void connections_are_refused_until_the_network_is_healed() throws IOException {
        network.refuse();
        assertEnds(client);
        try (Socket refused = new Socket(InetAddress.getLoopbackAddress(), network.port())) {
            assertEnds(refused);
        }
        network.heal();
        client = new Socket(InetAddress.getLoopbackAddress(), network.port());
        behind = server.accept();
        assertThat(sent("again")).isEqualTo("again");
    }

    @Test
    void what_is_delayed_arrives_no_sooner() throws Exception {
        Duration delay = Duration.ofMillis(100);
        network.delay(delay);
        try (ExecutorService reader = Executors.newVirtualThreadPerTaskExecutor()) {
            long start = System.nanoTime();
            Future<String> late = reader.submit(() -> received(behind, 4));
            client.getOutputStream().write("late".getBytes(UTF_8));
            assertThat(late.get()).isEqualTo("late");
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(delay.toNanos());
        }
    }

    private String sent(String text) throws IOException {
        client.getOutputStream().write(text.getBytes(UTF_8));
        return received(behind, text.length());
    }

    private static String received(Socket socket, int length) throws IOException {
        return new String(socket.getInputStream().readNBytes(length), UTF_8);
    }

    private static void assertNothingArrives(Socket socket) throws IOException {
        socket.setSoTimeout(SILENCE_MILLIS);
        assertThatThrownBy(() -> socket.getInputStream().read())
                .isInstanceOf(SocketTimeoutException.class);
        socket.setSoTimeout(0);
    }

    /// By its end, or by a reset.
    private static void assertEnds(Socket socket) {
        try {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        } catch (IOException e) {
            assertThat(e).isNotInstanceOf(SocketTimeoutException.class);
        }
    }
}
