package dev.twofold.catalog.http;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.http.MediaType;
import tools.jackson.databind.json.JsonMapper;

/// Answers with a problem where no endpoint is at work.
final class ProblemWriter {
    private ProblemWriter() {}

    static void write(Problem problem, HttpServletResponse response, JsonMapper json)
            throws IOException {
        response.setStatus(problem.detail().getStatus());
        problem.headers()
                .forEach((name, values) -> values.forEach(v -> response.addHeader(name, v)));
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        response.getOutputStream().write(json.writeValueAsBytes(problem.detail()));
    }
}
