package dev.twofold.catalog.access;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.jspecify.annotations.Nullable;
import org.springframework.security.web.header.HeaderWriter;

/// What browsers are told about every answer. Safe for use by many threads.
///
/// Only pages show anything, so only they name what they may load; data that is taken for a page
/// loads nothing. An answer that says that nothing has changed says nothing of what it may load
/// either, as that would hold for the page that its caller has.
final class SecurityHeaders implements HeaderWriter {
    private static final String POLICY = "Content-Security-Policy";

    static final List<HttpField> OF_UNCHANGED =
            List.of(
                    field("X-Content-Type-Options", "nosniff"),
                    field("X-Frame-Options", "DENY"),
                    field("Referrer-Policy", "same-origin"));

    static final List<HttpField> OF_DATA =
            and(OF_UNCHANGED, field(POLICY, "default-src 'none'; frame-ancestors 'none'"));

    private static final List<HttpField> OF_PAGES =
            and(
                    OF_UNCHANGED,
                    field(
                            POLICY,
                            "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src"
                                    + " 'self'; img-src https: data:; connect-src 'self';"
                                    + " form-action 'self'; base-uri 'none'; frame-ancestors"
                                    + " 'none'"),
                    field("X-XSS-Protection", "0"));

    private static HttpField field(String name, String value) {
        return new PreEncodedHttpField(name, value);
    }

    private static List<HttpField> and(List<HttpField> fields, HttpField... more) {
        List<HttpField> all = new ArrayList<>(fields);
        all.addAll(List.of(more));
        return List.copyOf(all);
    }

    @Override
    public void writeHeaders(HttpServletRequest request, HttpServletResponse response) {
        for (HttpField field : of(response.getStatus(), response.getContentType())) {
            response.setHeader(field.getName(), field.getValue());
        }
    }

    private static List<HttpField> of(int status, @Nullable String type) {
        if (status == HttpServletResponse.SC_NOT_MODIFIED) {
            return OF_UNCHANGED;
        }
        return type != null && type.startsWith("text/html") ? OF_PAGES : OF_DATA;
    }
}
