package dev.twofold.catalog.http;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.servlet.DispatcherServlet;

/// Spring MVC's servlet, which answers what is hot itself: behind every filter, whatever their
/// order, and so behind all that guards and counts requests.
public final class HotDispatcher extends DispatcherServlet {
    private static final long serialVersionUID = 1L;

    private final transient HotDocuments documents;

    public HotDispatcher(HotDocuments documents) {
        this.documents = documents;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        if (!documents.answer(request, response)) {
            super.service(request, response);
        }
    }
}
