package dev.twofold.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// Ports of loopback for servers that are processes of their own.
final class Ports {
    private Ports() {}

    /// Different ports, which are free as yet, below those that connections come to have by
    /// themselves: one of these might be taken by the time that a server starts, or starts again.
    static List<Integer> free(int number) {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            while (sockets.size() < number) {
                int port = ThreadLocalRandom.current().nextInt(16_384, 32_768);
                try {
                    sockets.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
                } catch (BindException _) {
                    // another one's
                }
            }
            List<Integer> ports = sockets.stream().map(ServerSocket::getLocalPort).toList();
            for (ServerSocket socket : sockets) {
                socket.close();
            }
            return ports;
        } catch (IOException e) {
            throw new UncheckedIOException("no port of this machine can be listened at", e);
        }
    }

    /// One of those.
    static int free() {
        return free(1).getFirst();
    }
}
