package dev.twofold.catalog.http;

import java.util.List;
import org.eclipse.jetty.compression.gzip.GzipCompression;
import org.eclipse.jetty.compression.server.CompressionConfig;
import org.eclipse.jetty.compression.server.CompressionHandler;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.pathmap.PathSpec;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ThreadPool;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.jetty.JettyWebServer;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.web.server.Compression;

/// Makes Jetty, with what answers first in front, on the few threads that read from connections,
/// and servlets behind it, with a virtual thread for each request.
final class WebServerFactory extends JettyServletWebServerFactory {
    /// No body of a request is decompressed.
    private static final String ALL = "/*";

    private final ObjectProvider<Front> fronts;

    WebServerFactory(ObjectProvider<Front> fronts) {
        this.fronts = fronts;
    }

    /// Of threads that accept, read and write. Their number is bound by that of processors.
    @Override
    public ThreadPool getThreadPool() {
        QueuedThreadPool threads = new QueuedThreadPool();
        threads.setName("catalog-http");
        return threads;
    }

    @Override
    protected Handler addHandlerWrappers(Handler servlets) {
        Compression compression = getCompression();
        Handler answering =
                compression != null && compression.getEnabled()
                        ? compressing(compression, servlets)
                        : servlets;
        return new RequestThreads(new UnreadBodies(answering));
    }

    private static Handler compressing(Compression compression, Handler others) {
        GzipCompression gzip = new SameTag();
        gzip.setMinCompressSize((int) compression.getMinResponseSize().toBytes());
        CompressionConfig.Builder config = CompressionConfig.builder().decompressExcludePath(ALL);
        for (String type : compression.getAllMimeTypes()) {
            config.compressIncludeMimeType(type);
        }
        for (HttpMethod method : HttpMethod.values()) {
            config.compressIncludeMethod(method.name());
        }
        CompressionHandler handler = new Compressing(others);
        handler.putCompression(gzip);
        handler.putConfiguration(PathSpec.from("/"), config.build());
        return handler;
    }

    /// Tags are weak, so that one stands for an answer in each coding; those of pages out of memory
    /// do.
    private static final class SameTag extends GzipCompression {
        @Override
        public String etag(String tag) {
            return tag;
        }
    }

    /// A request without its conditions: Jetty would put all tags that one names into the answer
    /// that says that nothing has changed.
    private static final class Unconditional extends Request.Wrapper {
        private final HttpFields headers;

        Unconditional(Request request) {
            super(request);
            this.headers =
                    HttpFields.build(request.getHeaders())
                            .remove(HttpHeader.IF_MATCH)
                            .remove(HttpHeader.IF_NONE_MATCH);
        }

        @Override
        public HttpFields getHeaders() {
            return headers;
        }
    }

    /// Compresses answers, and shows what compresses them no conditions, which whatever answers
    /// sees.
    private static final class Compressing extends CompressionHandler {
        Compressing(Handler others) {
            super(
                    new Handler.Wrapper(others) {
                        @Override
                        public boolean handle(Request request, Response response, Callback callback)
                                throws Exception {
                            Unconditional shown = Request.as(request, Unconditional.class);
                            return super.handle(
                                    shown == null ? request : shown.getWrapped(),
                                    response,
                                    callback);
                        }
                    });
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback)
                throws Exception {
            HttpFields headers = request.getHeaders();
            boolean conditional =
                    headers.contains(HttpHeader.IF_MATCH)
                            || headers.contains(HttpHeader.IF_NONE_MATCH);
            return super.handle(
                    conditional ? new Unconditional(request) : request, response, callback);
        }
    }

    @Override
    protected JettyWebServer getJettyWebServer(Server server) {
        server.setErrorHandler(new PlainErrors());
        List<Front> inFront = fronts.orderedStream().toList();
        Handler first = server.getHandler();
        for (Front front : inFront.reversed()) {
            first = front.before(first);
        }
        server.setHandler(first);
        return super.getJettyWebServer(server);
    }
}
