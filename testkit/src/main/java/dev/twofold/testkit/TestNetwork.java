package dev.twofold.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// A network between clients and a server of loopback that can be slow, broken, or lead nowhere,
/// for tests of what either side makes of that.
///
/// What is done to it concerns both directions, connections that there are and new ones, until
/// [#heal]. Safe for use by many threads.
public final class TestNetwork implements AutoCloseable {
    private static final int PIECE = 64 << 10;

    private final ServerSocket entrance;
    private final int server;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private State state = State.WHOLE;
    private Duration delay = Duration.ZERO;
    private boolean closed;
    private long losses;

    private enum State {
        WHOLE,
        HOLDING,
        LOSING,
        REFUSING
    }

    private TestNetwork(int server) {
        this.server = server;
        try {
            this.entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException("this machine has no free port", e);
        }
        Thread.ofVirtual().name("test-network").start(this::accept);
    }

    /// A network that leads to a port of loopback, where a server need not listen yet.
    public static TestNetwork to(int port) {
        return new TestNetwork(port);
    }

    /// Where clients find the server.
    public int port() {
        return entrance.getLocalPort();
    }

    /// Takes this long for each piece, in each direction.
    public void delay(Duration time) {
        change(State.WHOLE, time);
    }

    /// Lets nothing through, and what was sent meanwhile once it is healed: as when packets are
    /// lost for a while and sent again.
    public void hold() {
        change(State.HOLDING, Duration.ZERO);
    }

    /// Loses what is sent, the end of a connection too, while each side takes it for open: as when
    /// a router has forgotten the connections. Those over which anything was sent meanwhile, and
    /// those that were opened, stay lost when it is healed.
    public void lose() {
        change(State.LOSING, Duration.ZERO);
    }

    /// Waits until something has been lost since the last [#lose].
    ///
    /// @throws InterruptedException if the thread is interrupted
    public void awaitLoss() throws InterruptedException {
        lock.lock();
        try {
            while (losses == 0) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Breaks all connections, and takes no new ones.
    public void refuse() {
        change(State.REFUSING, Duration.ZERO);
        cut();
    }

    /// Breaks all connections; new ones are taken.
    public void cut() {
        connections.forEach(Connection::close);
    }

    /// Lets everything through again.
    public void heal() {
        change(State.WHOLE, Duration.ZERO);
    }

    private void change(State next, Duration time) {
        lock.lock();
        try {
            state = next;
            delay = time;
            losses = next == State.LOSING ? 0 : losses;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void accept() {
        try {
            while (true) {
                Connection connection = new Connection(entrance.accept());
                connections.add(connection);
                Thread.ofVirtual().name("test-network-connect").start(connection::open);
            }
        } catch (IOException e) {
            // closed
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            entrance.close();
        } catch (IOException e) {
            // it is of no use any more
        }
        cut();
    }

    /// A client's connection and its continuation to the server.
    private final class Connection {
        private final Socket client;
        private final Socket behind = new Socket();
        private volatile boolean lost;

        Connection(Socket client) {
            this.client = client;
        }

        void open() {
            try {
                if (passes()) {
                    client.setTcpNoDelay(true);
                    behind.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server));
                    behind.setTcpNoDelay(true);
                    Thread.ofVirtual()
                            .name("test-network-answers")
                            .start(() -> carry(behind, client));
                }
                carry(client, behind);
            } catch (IOException e) {
                close();
            }
        }

        /// A lost connection is read on, so that its sender does not notice.
        private void carry(Socket from, Socket to) {
            byte[] piece = new byte[PIECE];
            try {
                InputStream in = from.getInputStream();
                for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
                    if (passes()) {
                        OutputStream out = to.getOutputStream();
                        out.write(piece, 0, length);
                    }
                }
                if (passes()) {
                    close();
                }
            } catch (IOException e) {
                if (!lost) {
                    close();
                }
            }
        }

        /// Waits as long as it takes; false if what was to pass is lost.
        private boolean passes() throws IOException {
            lock.lock();
            try {
                long nanos = delay.toNanos();
                while (!closed && (state == State.HOLDING || nanos > 0)) {
                    if (state == State.HOLDING) {
                        changed.await();
                    } else {
                        nanos = delay.isZero() ? 0 : changed.awaitNanos(nanos);
                    }
                }
                if (closed || state == State.REFUSING) {
                    throw new IOException("the network is cut");
                }
                lost |= state == State.LOSING;
                if (lost) {
                    losses++;
                    changed.signalAll();
                }
                return !lost;
            } catch (InterruptedException e) {
                throw new IOException("interrupted", e);
            } finally {
                lock.unlock();
            }
        }

        void close() {
            connections.remove(this);
            for (Socket socket : new Socket[] {client, behind}) {
                try {
                    socket.close();
                } catch (IOException e) {
                    // it is closed, then
                }
            }
        }
    }
}
