package dev.twofold.catalog.http;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// Answers requests that failed outside the endpoints.
@RestController
final class ErrorPage implements ErrorController {

    @RequestMapping("/error")
    ResponseEntity<ProblemDetail> error(HttpServletRequest request) {
        Object code = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
        HttpStatus status = code instanceof Integer number ? HttpStatus.resolve(number) : null;
        return status != null && status.is4xxClientError()
                ? Problem.of(status, "invalid-request", "the request was turned down").answer()
                : Problem.of(
                                HttpStatus.INTERNAL_SERVER_ERROR,
                                "internal-error",
                                "something went wrong here; the log has it")
                        .answer();
    }
}
