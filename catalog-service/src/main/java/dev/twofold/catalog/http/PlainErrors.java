package dev.twofold.catalog.http;

import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;

/// Answers requests that are not valid HTTP, which Tomcat turns down before anyone else sees them.
public final class PlainErrors extends ErrorReportValve {

    @Override
    protected void report(Request request, Response response, @Nullable Throwable thrown) {
        if (response.getStatus() < 400 || response.getContentWritten() > 0) {
            return;
        }
        HttpStatus status = HttpStatus.resolve(response.getStatus());
        Problem problem =
                Problem.of(
                        status == null ? HttpStatus.BAD_REQUEST : status,
                        "invalid-request",
                        "the request is not valid HTTP, or too long in its path or headers");
        try {
            response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
            response.getOutputStream().write(WebSettings.JSON.writeValueAsBytes(problem.detail()));
        } catch (IOException _) {
            // the caller has hung up
        }
    }
}
