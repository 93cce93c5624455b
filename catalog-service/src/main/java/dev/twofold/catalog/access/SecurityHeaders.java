package dev.twofold.catalog.access;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import java.util.Map;
import org.springframework.security.web.header.HeaderWriter;

/// What browsers are told about every answer, whatever it is. Safe for use by many threads.
final class SecurityHeaders implements HeaderWriter {
    private static final String CONTENT_POLICY =
            "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src"
                    + " https: data:; connect-src 'self'; form-action 'self'; base-uri 'none';"
                    + " frame-ancestors 'none'";

    private static final List<Map.Entry<String, String>> ALL =
            List.of(
                    Map.entry("X-Content-Type-Options", "nosniff"),
                    Map.entry("X-XSS-Protection", "0"),
                    Map.entry("X-Frame-Options", "DENY"),
                    Map.entry("Content-Security-Policy", CONTENT_POLICY),
                    Map.entry("Referrer-Policy", "same-origin"));

    @Override
    public void writeHeaders(HttpServletRequest request, HttpServletResponse response) {
        for (int i = 0; i < ALL.size(); i++) {
            response.setHeader(ALL.get(i).getKey(), ALL.get(i).getValue());
        }
    }
}
