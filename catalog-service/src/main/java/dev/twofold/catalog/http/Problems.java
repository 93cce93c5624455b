package dev.twofold.catalog.http;

import dev.twofold.EventStoreException;
import java.time.Duration;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.resource.NoResourceFoundException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/// Turns whatever a request fails with into a [Problem].
@RestControllerAdvice
final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    @ExceptionHandler
    ResponseEntity<ProblemDetail> problem(Problem problem) {
        return problem.answer();
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> unreadable(HttpMessageNotReadableException e) {
        return switch (e.getCause()) {
            case StreamConstraintsException limit -> tooMuch(limit).answer();
            case UnrecognizedPropertyException unknown -> unknownField(unknown).answer();
            case MismatchedInputException mismatch -> mismatch(mismatch).answer();
            case JacksonException malformed -> malformed(malformed).answer();
            case null, default ->
                    Problem.of(
                                    HttpStatus.BAD_REQUEST,
                                    "missing-body",
                                    "the request has no body; send a JSON object")
                            .answer();
        };
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> unknownPath(NoResourceFoundException e) {
        return Problem.of(
                        HttpStatus.NOT_FOUND,
                        "unknown-path",
                        "there is nothing at /%s; start at /".formatted(e.getResourcePath()))
                .field("path", "/" + e.getResourcePath())
                .answer();
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
    ResponseEntity<ProblemDetail> notAcceptable(HttpMediaTypeNotAcceptableException e) {
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

    @ExceptionHandler
    ResponseEntity<ProblemDetail> wrongParameter(MethodArgumentTypeMismatchException e) {
        return Problem.of(
                        HttpStatus.BAD_REQUEST,
                        "invalid-parameter",
                        "the parameter %s must be %s, but was \"%s\""
                                .formatted(e.getName(), kind(e.getRequiredType()), e.getValue()))
                .field(e.getName(), e.getValue())
                .answer();
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> missingParameter(MissingServletRequestParameterException e) {
        return Problem.of(
                        HttpStatus.BAD_REQUEST,
                        "missing-parameter",
                        "the parameter %s is missing".formatted(e.getParameterName()))
                .field(e.getParameterName(), null)
                .answer();
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> outOfReach(EventStoreException e) {
        LOG.warn("the database is out of reach", e);
        return Problem.of(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        "database-out-of-reach",
                        "the database is out of reach; try again")
                .retryAfter(Duration.ofSeconds(1))
                .answer();
    }

    /// The caller has hung up.
    @ExceptionHandler
    void gone(AsyncRequestNotUsableException e) {
        LOG.debug("a caller hung up", e);
    }

    @ExceptionHandler
    ResponseEntity<ProblemDetail> unexpected(Exception e) {
        String id = UUID.randomUUID().toString();
        LOG.error("request failed, incident {}", id, e);
        return Problem.of(
                        HttpStatus.INTERNAL_SERVER_ERROR,
                        "internal-error",
                        "something went wrong here; the log has it under incident " + id)
                .with("incident", id)
                .answer();
    }

    private static Problem tooMuch(StreamConstraintsException e) {
        String message = e.getOriginalMessage();
        boolean length = message.contains("Document length") || message.contains("String value");
        return length
                ? Problem.of(
                        HttpStatus.CONTENT_TOO_LARGE,
                        "body-too-large",
                        "the body is longer than %,d bytes".formatted(StrictJson.MAX_LENGTH))
                : Problem.of(
                        HttpStatus.BAD_REQUEST,
                        "body-too-complex",
                        "objects and arrays may be nested %d deep and numbers may have 100 digits, but not more"
                                .formatted(StrictJson.MAX_DEPTH));
    }

    private static Problem unknownField(UnrecognizedPropertyException e) {
        return Problem.of(
                        HttpStatus.BAD_REQUEST,
                        "unknown-field",
                        "there is no field \"%s\" here, only %s; leave it out or correct its name"
                                .formatted(path(e), e.getKnownPropertyIds()))
                .field(path(e), null);
    }

    private static Problem mismatch(MismatchedInputException e) {
        if (e.getPath().isEmpty()) {
            return Problem.of(
                    HttpStatus.BAD_REQUEST, "wrong-type", "the body must be one JSON object");
        }
        Object value = e instanceof InvalidFormatException format ? format.getValue() : null;
        boolean missing =
                e.getOriginalMessage().startsWith("Missing required creator property")
                        || e.getOriginalMessage().contains("Null value for");
        return missing
                ? Problem.of(
                                HttpStatus.BAD_REQUEST,
                                "missing-field",
                                "the field \"%s\" is missing or null; it must be %s"
                                        .formatted(path(e), kind(e.getTargetType())))
                        .field(path(e), null)
                : Problem.of(
                                HttpStatus.BAD_REQUEST,
                                "wrong-type",
                                "the field \"%s\" must be %s%s"
                                        .formatted(path(e), kind(e.getTargetType()), place(e)))
                        .field(path(e), value);
    }

    private static Problem malformed(JacksonException e) {
        return Problem.of(
                HttpStatus.BAD_REQUEST,
                "malformed-json",
                "the body is not valid JSON%s: %s".formatted(place(e), e.getOriginalMessage()));
    }

    private static String place(JacksonException e) {
        TokenStreamLocation location = e.getLocation();
        return location == null
                ? ""
                : ", at line %d, column %d".formatted(location.getLineNr(), location.getColumnNr());
    }

    private static String path(JacksonException e) {
        return e.getPath().stream()
                .map(
                        step ->
                                step.getPropertyName() == null
                                        ? "[" + step.getIndex() + "]"
                                        : step.getPropertyName())
                .collect(Collectors.joining("."));
    }

    private static String kind(@Nullable Class<?> type) {
        if (type == null) {
            return "something else";
        }
        return switch (type.getSimpleName()) {
            case "String" -> "a text";
            case "int", "Integer", "long", "Long" -> "a whole number";
            case "BigDecimal", "double", "Double" -> "a number";
            case "boolean", "Boolean" -> "true or false";
            case "Map" -> "an object";
            case "List" -> "an array";
            default -> "a " + type.getSimpleName();
        };
    }
}
