package dev.twofold.catalog.http;

import java.util.concurrent.ThreadFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/// Gives each request a virtual thread, on which whatever answers it may wait. Safe for use by many
/// threads.
final class RequestThreads extends Handler.Wrapper {
    private final ThreadFactory threads = Thread.ofVirtual().name("catalog-request-", 1).factory();

    RequestThreads(Handler others) {
        super(others);
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        threads.newThread(() -> answer(request, response, callback)).start();
        return true;
    }

    private void answer(Request request, Response response, Callback callback) {
        try {
            if (!super.handle(request, response, callback)) {
                Response.writeError(request, response, callback, 404);
            }
        } catch (Throwable e) { // as the server does with what handlers throw
            Response.writeError(request, response, callback, e);
        }
    }
}
