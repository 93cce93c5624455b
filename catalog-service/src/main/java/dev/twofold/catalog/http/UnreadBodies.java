package dev.twofold.catalog.http;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/// Reads what is left of a request's body once it is answered, up to 1 MB: a caller who is still
/// sending when the connection is closed may never see the answer.
///
/// One who waits to be told to go on has not begun to send, and is not. Safe for use by many
/// threads.
final class UnreadBodies extends Handler.Wrapper {
    private static final long MOST = 1 << 20;

    UnreadBodies(Handler others) {
        super(others);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        HttpFields headers = request.getHeaders();
        boolean sent =
                (headers.contains(HttpHeader.CONTENT_LENGTH)
                                || headers.contains(HttpHeader.TRANSFER_ENCODING))
                        && !headers.contains(HttpHeader.EXPECT);
        return super.handle(request, response, sent ? new Rest(request, callback) : callback);
    }

    private static final class Rest extends Callback.Nested {
        private final Request request;
        private long left = MOST;

        Rest(Request request, Callback callback) {
            super(callback);
            this.request = request;
        }

        @Override
        public void succeeded() {
            while (left > 0) {
                Content.Chunk chunk = request.read();
                if (chunk == null) {
                    request.demand(this::succeeded);
                    return;
                }
                left -= chunk.remaining();
                boolean last = chunk.isLast() || Content.Chunk.isFailure(chunk);
                chunk.release();
                if (last) {
                    break;
                }
            }
            super.succeeded();
        }
    }
}
