package dev.twofold.catalog.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import org.springframework.web.filter.OncePerRequestFilter;

/// Tells requests that bear an `Idempotency-Key` apart by what they ask for: method, path, query,
/// condition and body.
///
/// Looks at no more of a body than a command may have; a longer one is refused later anyway.
final class RequestFingerprint extends OncePerRequestFilter {
    static final String KEY = "Idempotency-Key";
    private static final String ATTRIBUTE = RequestFingerprint.class.getName();

    /// The fingerprint of a request that bears a key; an empty text for others.
    static String of(HttpServletRequest request) {
        return request.getAttribute(ATTRIBUTE) instanceof String fingerprint ? fingerprint : "";
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return request.getHeader(KEY) == null;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        InputStream in = request.getInputStream();
        byte[] start = in.readNBytes(StrictJson.MAX_LENGTH + 1);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(
                "%s %s?%s\n%s\n"
                        .formatted(
                                request.getMethod(),
                                request.getRequestURI(),
                                request.getQueryString(),
                                request.getHeader("If-Match"))
                        .getBytes(StandardCharsets.UTF_8));
        all.writeBytes(start);
        request.setAttribute(ATTRIBUTE, EntityTag.digest(all.toByteArray()));
        chain.doFilter(
                new Unread(request, new SequenceInputStream(new ByteArrayInputStream(start), in)),
                response);
    }

    /// The request with its body as it was.
    private static final class Unread extends HttpServletRequestWrapper {
        private final ServletInputStream body;

        Unread(HttpServletRequest request, InputStream all) {
            super(request);
            this.body = new Body(all);
        }

        @Override
        public ServletInputStream getInputStream() {
            return body;
        }
    }

    private static final class Body extends ServletInputStream {
        private final InputStream in;
        private boolean finished;

        Body(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            int next = in.read();
            finished |= next < 0;
            return next;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = in.read(bytes, offset, length);
            finished |= count < 0;
            return count;
        }

        @Override
        public boolean isFinished() {
            return finished;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setReadListener(ReadListener listener) {
            throw new UnsupportedOperationException("commands are read by blocking");
        }
    }
}
