package dev.twofold.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.postgresql.ds.PGSimpleDataSource;

/// A network between the clients of a server and the server, which can be cut once: at the next
/// call that has a certain text, before it arrives, after it or a part of it has arrived, or before
/// its answer does.
///
/// Neither side is told, other than by the silence and the end of its connection: the server goes
/// on with what has arrived.
final class CutSockets implements AutoCloseable {

    enum Cut {
        NEVER,
        BEFORE_THE_CALL,
        WITHIN_THE_CALL,
        AFTER_THE_CALL,
        BEFORE_THE_ANSWER
    }

    private final byte[] call;
    private final ServerSocket entrance;
    private final InetSocketAddress server;
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final AtomicReference<Cut> next = new AtomicReference<>(Cut.NEVER);
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile double arrives = 0.5;

    /// @param call what the calls have in them at which it can be cut
    CutSockets(PGSimpleDataSource server, String call) throws IOException {
        this.call = call.getBytes(StandardCharsets.UTF_8);
        this.server = new InetSocketAddress(server.getServerNames()[0], server.getPortNumbers()[0]);
        this.entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("cut-sockets").start(this::accept);
    }

    int port() {
        return entrance.getLocalPort();
    }

    void cut(Cut at) {
        next.set(at);
    }

    /// Cuts the next call after a part of its bytes, of which the server is told.
    ///
    /// @param part 0 to 1
    void cutWithin(double part) {
        arrives = part;
        next.set(Cut.WITHIN_THE_CALL);
    }

    /// Waits until it has been cut.
    void awaitCut() throws InterruptedException {
        done.await();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = entrance.accept();
                Socket behind = new Socket();
                behind.connect(server);
                client.setTcpNoDelay(true);
                behind.setTcpNoDelay(true);
                open.addAll(List.of(client, behind));
                Connection connection = new Connection(client, behind);
                Thread.ofVirtual().start(connection::carryCalls);
                Thread.ofVirtual().start(connection::carryAnswers);
            }
        } catch (IOException e) {
            // closed
        }
    }

    @Override
    public void close() throws IOException {
        entrance.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    /// One client's connection, in pieces as they come. The driver sends a call in one piece.
    private final class Connection {
        private final Socket client;
        private final Socket behind;
        private volatile boolean answersAreLost;

        private Connection(Socket client, Socket behind) {
            this.client = client;
            this.behind = behind;
        }

        private void carryCalls() {
            byte[] buffer = new byte[1 << 16];
            try (client) {
                InputStream in = client.getInputStream();
                OutputStream out = behind.getOutputStream();
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    Cut cut = isCall(buffer, n) ? next.getAndSet(Cut.NEVER) : Cut.NEVER;
                    answersAreLost |= cut == Cut.BEFORE_THE_ANSWER;
                    int carried =
                            switch (cut) {
                                case BEFORE_THE_CALL -> 0;
                                case WITHIN_THE_CALL -> (int) (n * arrives);
                                case NEVER, AFTER_THE_CALL, BEFORE_THE_ANSWER -> n;
                            };
                    out.write(buffer, 0, carried);
                    out.flush();
                    if (cut != Cut.NEVER && cut != Cut.BEFORE_THE_ANSWER) {
                        if (cut == Cut.WITHIN_THE_CALL) {
                            behind.shutdownOutput();
                        }
                        done.countDown();
                        return;
                    }
                }
            } catch (IOException e) {
                // cut, or closed
            }
        }

        private void carryAnswers() {
            byte[] buffer = new byte[1 << 16];
            try {
                InputStream in = behind.getInputStream();
                OutputStream out = client.getOutputStream();
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    if (answersAreLost) {
                        client.close();
                        done.countDown();
                        return;
                    }
                    out.write(buffer, 0, n);
                    out.flush();
                }
            } catch (IOException e) {
                // cut, or closed
            }
        }

        private boolean isCall(byte[] buffer, int length) {
            for (int i = 0; i + call.length <= length; i++) {
                int same = 0;
                while (same < call.length && buffer[i + same] == call[same]) {
                    same++;
                }
                if (same == call.length) {
                    return true;
                }
            }
            return false;
        }
    }
}
