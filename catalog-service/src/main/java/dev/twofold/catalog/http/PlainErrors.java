package dev.twofold.catalog.http;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;

/// Answers requests that are not valid HTTP, which the server turns down before any servlet sees
/// them. Does not wait. Safe for use by many threads.
final class PlainErrors implements Request.Handler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Object cause = request.getAttribute(ErrorHandler.ERROR_EXCEPTION);
        Problem problem =
                problem(
                        cause instanceof HttpException known
                                ? known.getCode()
                                : response.getStatus());
        response.setStatus(problem.detail().getStatus());
        HttpFields.Mutable headers = response.getHeaders();
        problem.headers().forEach((name, values) -> headers.put(name, values.getFirst()));
        headers.put(HttpHeader.CONTENT_TYPE, MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.write(
                true,
                ByteBuffer.wrap(WebSettings.JSON.writeValueAsBytes(problem.detail())),
                callback);
        return true;
    }

    private static Problem problem(int code) {
        HttpStatus status = HttpStatus.resolve(code);
        return status == null || status.is4xxClientError()
                ? Problem.of(
                        status == null ? HttpStatus.BAD_REQUEST : status,
                        "invalid-request",
                        "the request is not valid HTTP, or too long in its path or headers")
                : Problem.of(status, "internal-error", "something went wrong here; the log has it");
    }
}
