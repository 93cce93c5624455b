package dev.twofold.catalog.access;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.List;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.springframework.security.web.header.HeaderWriter;

/// What browsers are told about every answer, whatever it is. Safe for use by many threads.
final class SecurityHeaders implements HeaderWriter {
    private static final String CONTENT_POLICY =
            "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src"
                    + " https: data:; connect-src 'self'; form-action 'self'; base-uri 'none';"
                    + " frame-ancestors 'none'";

    static final List<HttpField> ALL =
            List.of(
                    field("X-Content-Type-Options", "nosniff"),
                    field("X-XSS-Protection", "0"),
                    field("X-Frame-Options", "DENY"),
                    field("Content-Security-Policy", CONTENT_POLICY),
                    field("Referrer-Policy", "same-origin"));

    private static HttpField field(String name, String value) {
        return new PreEncodedHttpField(name, value);
    }

    @Override
    public void writeHeaders(HttpServletRequest request, HttpServletResponse response) {
        for (HttpField field : ALL) {
            response.setHeader(field.getName(), field.getValue());
        }
    }
}
