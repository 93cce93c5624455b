package dev.twofold.benchmarks;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// A kept connection over which one request after another is sent, with little work of its own:
/// what it costs is taken from the server on the same machine.
///
/// Not safe for use by many threads.
final class HttpConnection implements AutoCloseable {
    private static final int HEX = 16;
    private static final int LONGEST_MILLIS = 60_000;

    private final Socket socket;
    private final InputStream in;
    private final String host;

    HttpConnection(URI server) throws IOException {
        host = server.getHost() + ":" + server.getPort();
        socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(LONGEST_MILLIS);
        socket.connect(
                new InetSocketAddress(InetAddress.ofLiteral(server.getHost()), server.getPort()));
        in = new BufferedInputStream(socket.getInputStream());
    }

    /// @param headers by their names in lower case
    record Answer(int status, Map<String, String> headers, String text) {}

    Answer get(String path, Map<String, String> headers) throws IOException {
        return exchange("GET", path, headers, "");
    }

    Answer post(String path, String json) throws IOException {
        return exchange("POST", path, Map.of("Content-Type", "application/json"), json);
    }

    private Answer exchange(String method, String path, Map<String, String> headers, String body)
            throws IOException {
        byte[] content = body.getBytes(UTF_8);
        StringBuilder head = new StringBuilder(256);
        head.append(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: ").append(host);
        headers.forEach(
                (name, value) -> head.append("\r\n").append(name).append(": ").append(value));
        if (content.length > 0) {
            head.append("\r\nContent-Length: ").append(content.length);
        }
        byte[] start = head.append("\r\n\r\n").toString().getBytes(ISO_8859_1);
        byte[] all = new byte[start.length + content.length];
        System.arraycopy(start, 0, all, 0, start.length);
        System.arraycopy(content, 0, all, start.length, content.length);
        socket.getOutputStream().write(all);
        return answer();
    }

    private Answer answer() throws IOException {
        int status = Integer.parseInt(line().split(" ", 3)[1]);
        Map<String, String> headers = new HashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return new Answer(status, headers, new String(body(headers), UTF_8));
    }

    private byte[] body(Map<String, String> headers) throws IOException {
        String length = headers.get("content-length");
        if (length != null) {
            return exactly(Integer.parseInt(length));
        }
        if (!"chunked".equals(headers.get("transfer-encoding"))) {
            return new byte[0]; // 204 and 304
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = Integer.parseInt(line(), HEX);
                size > 0;
                size = Integer.parseInt(line(), HEX)) {
            body.write(exactly(size));
            line();
        }
        line();
        return body.toByteArray();
    }

    private byte[] exactly(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("the server hung up within an answer");
        }
        return bytes;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder(64);
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the server hung up");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
