package dev.twofold.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A way to a server of loopback that can be slow, cut, or lead nowhere.
final class Proxy implements AutoCloseable {
    private final ServerSocket server;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile long delayMillis;
    private volatile boolean silent;
    private volatile boolean refusing;
    private volatile CountDownLatch loud = new CountDownLatch(0);

    Proxy(int target) {
        this.target = target;
        try {
            this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new AssertionError("no proxy", e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    String uri() {
        return "redis://127.0.0.1:" + server.getLocalPort();
    }

    /// Holds back what the server says by this long.
    void delay(long millis) {
        delayMillis = millis;
    }

    /// Lets connections be, but nothing through.
    void silence() {
        loud = new CountDownLatch(1);
        silent = true;
    }

    /// Lets through again: what was held back first.
    void speak() {
        silent = false;
        loud.countDown();
    }

    /// Ends all connections; new ones are taken.
    void cut() {
        sockets.forEach(Proxy::close);
    }

    /// Ends all connections, and takes no new ones.
    void refuse() {
        refusing = true;
        cut();
    }

    void admit() {
        refusing = false;
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                if (refusing) {
                    close(client);
                    continue;
                }
                Socket upstream;
                try {
                    upstream = new Socket(InetAddress.getLoopbackAddress(), target);
                } catch (IOException _) {
                    close(client);
                    continue;
                }
                sockets.add(client);
                sockets.add(upstream);
                client.setTcpNoDelay(true);
                upstream.setTcpNoDelay(true);
                Thread.ofVirtual().start(() -> pump(client, upstream, false));
                Thread.ofVirtual().start(() -> pump(upstream, client, true));
            }
        } catch (IOException _) {
            // closed
        }
    }

    private void pump(Socket from, Socket to, boolean delayed) {
        byte[] buffer = new byte[65_536];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                if (delayed && delayMillis > 0) {
                    hold(new CountDownLatch(1), delayMillis);
                }
                if (silent) {
                    hold(loud, TimeUnit.MINUTES.toMillis(5));
                }
                out.write(buffer, 0, length);
            }
        } catch (IOException _) {
            // cut
        } finally {
            close(from);
            close(to);
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private static void hold(CountDownLatch latch, long millis) throws IOException {
        try {
            if (latch.await(millis, TimeUnit.MILLISECONDS) && latch.getCount() > 0) {
                throw new IOException("not held");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException _) {
            // it is closed, then
        }
    }

    @Override
    public void close() {
        speak();
        try {
            server.close();
        } catch (IOException _) {
            // it is closed, then
        }
        cut();
    }
}
