package dev.twofold.catalog.http;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.MediaType;

/// Answers with a problem where no endpoint is at work.
public final class ProblemWriter {
    private ProblemWriter() {}

    public static void write(Problem problem, HttpServletResponse response) throws IOException {
        response.setStatus(problem.detail().getStatus());
        problem.headers().forEach((name, values) -> response.setHeader(name, values.getFirst()));
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.getOutputStream().write(WebSettings.JSON.writeValueAsBytes(problem.detail()));
    }
}
