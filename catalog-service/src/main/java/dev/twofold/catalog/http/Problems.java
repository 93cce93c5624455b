package dev.twofold.catalog.http;

import dev.twofold.EventStoreException;
import dev.twofold.TooManyQueriesException;
import dev.twofold.UnknownEventException;
import dev.twofold.catalog.BrokenConstraint;
import dev.twofold.catalog.CommandNotAllowedException;
import dev.twofold.postgres.RejectedAppendException;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.ConstraintViolationException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/// Turns whatever a request fails with into a [Problem].
@RestControllerAdvice
final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    private final Duration queryTimeout;

    Problems(@Value("${catalog.query-timeout}") Duration queryTimeout) {
        this.queryTimeout = queryTimeout;
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> problem(Problem problem) {
        return problem.answer();
    }

    @ExceptionHandler(produces = MediaType.TEXT_HTML_VALUE)
    ModelAndView problemPage(Problem problem) {
        return new ModelAndView(
                "problem",
                Map.of("problem", problem.detail()),
                HttpStatus.valueOf(problem.detail().getStatus()));
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> unreadable(HttpMessageNotReadableException e) {
        LOG.debug("a body could not be read", e);
        return Problem.of(
                        HttpStatus.BAD_REQUEST,
                        "missing-body",
                        "the request has no body; send a JSON object")
                .answer();
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> unknownPath(NoResourceFoundException e) {
        return nothingAt(e).answer();
    }

    @ExceptionHandler(produces = MediaType.TEXT_HTML_VALUE)
    ModelAndView unknownPathPage(NoResourceFoundException e) {
        return problemPage(nothingAt(e));
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> wrongMethod(HttpRequestMethodNotSupportedException e) {
        String allowed =
                e.getSupportedHttpMethods() == null
                        ? ""
                        : e.getSupportedHttpMethods().stream()
                                .map(Object::toString)
                                .sorted()
                                .collect(Collectors.joining(", "));
        return Problem.of(
                        HttpStatus.METHOD_NOT_ALLOWED,
                        "method-not-allowed",
                        "%s is not possible here, only %s".formatted(e.getMethod(), allowed))
                .field("method", e.getMethod())
                .header(HttpHeaders.ALLOW, allowed)
                .answer();
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> wrongType(HttpMediaTypeNotSupportedException e) {
        String accepted =
                e.getSupportedMediaTypes().stream()
                        .map(Object::toString)
                        .collect(Collectors.joining(", "));
        return Problem.of(
                        HttpStatus.UNSUPPORTED_MEDIA_TYPE,
                        "unsupported-media-type",
                        "the body is %s, but must be %s; say so with the header Content-Type"
                                .formatted(
                                        e.getContentType() == null
                                                ? "of no stated type"
                                                : e.getContentType(),
                                        accepted))
                .field(HttpHeaders.CONTENT_TYPE, e.getContentType())
                .header(HttpHeaders.ACCEPT, accepted)
                .answer();
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> notAcceptable(
            HttpMediaTypeNotAcceptableException e, HttpServletResponse response) {
        // of the answer that cannot be given
        response.setHeader(HttpHeaders.ETAG, null);
        response.setHeader(ConsistencyToken.HEADER, null);
        return Problem.of(
                        HttpStatus.NOT_ACCEPTABLE,
                        "not-acceptable",
                        "the answer comes as %s only"
                                .formatted(
                                        e.getSupportedMediaTypes().stream()
                                                .map(Object::toString)
                                                .collect(Collectors.joining(" or "))))
                .answer();
    }

    record Violation(String field, String value, String reason) {}

    /// Names every text that is none, the first as those of one fault are named.
    @ExceptionHandler
    ResponseEntity<ProblemDetail> invalid(ConstraintViolationException e) {
        List<Violation> violations =
                e.getConstraintViolations().stream()
                        .map(
                                one ->
                                        new Violation(
                                                one.getPropertyPath().toString(),
                                                String.valueOf(one.getInvalidValue()),
                                                one.getMessage()))
                        .sorted(Comparator.comparing(Violation::field))
                        .toList();
        Violation first = violations.getFirst();
        return Problem.of(
                        HttpStatus.UNPROCESSABLE_CONTENT,
                        "invalid-value",
                        "%s \"%s\": %s".formatted(first.field, first.value, first.reason))
                .field(first.field, first.value)
                .with("violations", violations)
                .answer();
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> notAllowed(CommandNotAllowedException e) {
        return Problem.of(
                        HttpStatus.FORBIDDEN,
                        "command-not-allowed",
                        Objects.requireNonNull(e.getMessage()))
                .answer();
    }

    /// A table that changes together with the log does not take what the rules of commands allow.
    @ExceptionHandler
    ResponseEntity<ProblemDetail> rejected(RejectedAppendException e) {
        Optional<BrokenConstraint> broken = BrokenConstraint.of(e);
        if (broken.isEmpty()) {
            return incident(e);
        }
        BrokenConstraint constraint = broken.get();
        LOG.warn("a table does not take what a command would change", e);
        HttpStatus status =
                constraint.clash() ? HttpStatus.CONFLICT : HttpStatus.UNPROCESSABLE_CONTENT;
        return Problem.of(status, "constraint-broken", constraint.diagnosis())
                .with("table", constraint.table())
                .with("constraint", constraint.name())
                .answer();
    }

    private static final String QUERY_CANCELED = "57014";

    @ExceptionHandler
    ResponseEntity<ProblemDetail> outOfReach(EventStoreException e) {
        return failure(e).answer();
    }

    @ExceptionHandler(produces = MediaType.TEXT_HTML_VALUE)
    ModelAndView outOfReachPage(EventStoreException e) {
        return problemPage(failure(e));
    }

    private Problem failure(EventStoreException e) {
        if (e.getCause() instanceof SQLException sql && QUERY_CANCELED.equals(sql.getSQLState())) {
            LOG.warn("the database stopped a query", e);
            return Problem.of(
                            HttpStatus.SERVICE_UNAVAILABLE,
                            "query-too-costly",
                            "the query took longer than the %s that one may take"
                                            .formatted(shown(queryTimeout))
                                    + " (catalog.query-timeout), and was stopped; ask for less,"
                                    + " with more or rarer words, filters or a smaller limit, or"
                                    + " try again when there is less to do")
                    .with("limit", shown(queryTimeout))
                    .retryAfter(Duration.ofSeconds(10));
        }
        LOG.warn("the database is out of reach", e);
        return Problem.of(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        "database-out-of-reach",
                        "the database is out of reach; try again")
                .retryAfter(Duration.ofSeconds(1));
    }

    private static String shown(Duration time) {
        return DurationStyle.SIMPLE.print(
                time, time.toMillisPart() == 0 ? ChronoUnit.SECONDS : ChronoUnit.MILLIS);
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> busy(TooManyQueriesException e) {
        return tooMany(e).answer();
    }

    @ExceptionHandler(produces = MediaType.TEXT_HTML_VALUE)
    ModelAndView busyPage(TooManyQueriesException e) {
        return problemPage(tooMany(e));
    }

    private static Problem tooMany(TooManyQueriesException e) {
        LOG.debug("a query was given up", e);
        return Problem.of(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        "too-many-queries",
                        "this node answers as many queries as it may at once; try again")
                .retryAfter(Duration.ofSeconds(1));
    }

    /// A node of a newer version, which runs beside this one, has recorded it.
    @ExceptionHandler
    ResponseEntity<ProblemDetail> newerEvent(UnknownEventException e) {
        LOG.warn("a newer version has recorded what this one does not know", e);
        return Problem.of(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        "newer-event",
                        "this node is older than what it was asked to change; try again")
                .retryAfter(Duration.ofSeconds(1))
                .answer();
    }

    private static Problem nothingAt(NoResourceFoundException e) {
        String path = "/" + e.getResourcePath();
        return Problem.of(
                        HttpStatus.NOT_FOUND,
                        "unknown-path",
                        "there is nothing at %s; start at /".formatted(path))
                .field("path", path);
    }

    /// The caller has hung up.
    @ExceptionHandler
    void gone(AsyncRequestNotUsableException e) {
        LOG.debug("a caller hung up", e);
    }

    /// Lets the server cut the connection.
    @ExceptionHandler
    @SuppressWarnings("DoNotCallSuggester") // Spring calls it
    void broken(BrokenAnswer e) {
        throw e;
    }

    @ExceptionHandler
    @Nullable ResponseEntity<ProblemDetail> unexpected(Exception e) {
        if (isHangUp(e)) {
            LOG.debug("a caller hung up", e);
            return null;
        }
        return incident(e);
    }

    private static ResponseEntity<ProblemDetail> incident(Exception e) {
        String id = UUID.randomUUID().toString();
        LOG.error("request failed, incident {}", id, e);
        return Problem.of(
                        HttpStatus.INTERNAL_SERVER_ERROR,
                        "internal-error",
                        "something went wrong here; the log has it under incident " + id)
                .with("incident", id)
                .answer();
    }

    private static boolean isHangUp(Throwable e) {
        Throwable cause = e;
        while (cause != null && !(cause instanceof AsyncRequestNotUsableException)) {
            cause = cause.getCause();
        }
        return cause != null;
    }
}
