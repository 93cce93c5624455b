package dev.twofold.catalog.http;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import org.eclipse.jetty.http.HttpField;
import org.jspecify.annotations.Nullable;
import org.springframework.web.filter.ServerHttpObservationFilter;
import org.springframework.web.servlet.DispatcherServlet;

/// Spring MVC's servlet, which answers what is hot itself: behind every filter, whatever their
/// order, and so behind all that guards and counts requests.
public final class HotDispatcher extends DispatcherServlet {
    private static final long serialVersionUID = 1L;

    private final transient HotDocuments documents;

    public HotDispatcher(HotDocuments documents) {
        this.documents = documents;
    }

    /// @param request whose headers these are
    private record Headers(HttpServletRequest request) implements HotDocuments.Headers {
        @Override
        public @Nullable String first(String name) {
            return request.getHeader(name);
        }

        @Override
        public List<String> all(String name) {
            return Collections.list(request.getHeaders(name));
        }
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        String key =
                documents.key(
                        request.getMethod(), request.getRequestURI(), request.getQueryString());
        HotAnswer answer = key == null ? null : documents.find(key, new Headers(request));
        if (answer == null) {
            super.service(request, response);
            return;
        }
        ServerHttpObservationFilter.findObservationContext(request)
                .ifPresent(context -> context.setPathPattern(documents.pattern()));
        response.setStatus(answer.status());
        set(answer.common(), response);
        set(answer.own(), response);
        ByteBuffer body = answer.body();
        if (body != null) {
            response.setContentLength(body.remaining());
            response.getOutputStream().write(body);
        }
    }

    private static void set(List<HttpField> fields, HttpServletResponse response) {
        for (HttpField field : fields) {
            response.setHeader(field.getName(), field.getValue());
        }
    }
}
