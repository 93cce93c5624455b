package dev.twofold.catalog.http;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.HttpOutputMessage;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.converter.AbstractHttpMessageConverter;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;

/// Reads the body of a request into the record that its endpoint asks for, or says what is wrong
/// with it.
final class RequestBodies extends AbstractHttpMessageConverter<Record> {
    private static final Map<String, String> KINDS =
            Map.of(
                    "String", "a text",
                    "int", "a whole number",
                    "Integer", "a whole number",
                    "BigDecimal", "a number",
                    "Map", "an object");

    private final JsonMapper json;

    RequestBodies(JsonMapper json) {
        super(MediaType.APPLICATION_JSON);
        this.json = json;
    }

    @Override
    protected boolean supports(Class<?> type) {
        return Record.class.isAssignableFrom(type);
    }

    @Override
    public boolean canWrite(Class<?> type, @Nullable MediaType mediaType) {
        return false;
    }

    @Override
    protected void writeInternal(Record body, HttpOutputMessage message) {
        throw new UnsupportedOperationException("this converter only reads");
    }

    @Override
    protected Record readInternal(Class<? extends Record> type, HttpInputMessage message)
            throws IOException {
        if (message.getHeaders().getContentLength() > StrictJson.MAX_LENGTH) {
            throw tooLarge();
        }
        JsonNode tree = tree(message);
        if (tree.isMissingNode()) {
            throw Problem.of(
                    HttpStatus.BAD_REQUEST,
                    "missing-body",
                    "the request has no body; send a JSON object");
        }
        if (!tree.isObject()) {
            throw Problem.of(
                    HttpStatus.BAD_REQUEST, "wrong-type", "the body must be one JSON object");
        }
        try {
            return json.treeToValue(tree, type);
        } catch (UnrecognizedPropertyException e) {
            throw unknownField(e);
        } catch (JacksonException e) {
            throw wrongField(e, tree, type);
        }
    }

    private JsonNode tree(HttpInputMessage message) throws IOException {
        try {
            return json.readTree(message.getBody());
        } catch (StreamConstraintsException e) {
            throw e.getOriginalMessage().startsWith("Document length")
                    ? tooLarge()
                    : Problem.of(
                            HttpStatus.BAD_REQUEST,
                            "body-too-complex",
                            "objects and arrays are nested at most %d deep, and numbers have at most %d digits"
                                    .formatted(StrictJson.MAX_DEPTH, StrictJson.MAX_NUMBER_LENGTH));
        } catch (JacksonException e) {
            TokenStreamLocation place = e.getLocation();
            throw Problem.of(
                    HttpStatus.BAD_REQUEST,
                    "malformed-json",
                    "the body is not valid JSON, at line %d, column %d: %s"
                            .formatted(
                                    place == null ? 1 : place.getLineNr(),
                                    place == null ? 1 : place.getColumnNr(),
                                    withoutSource(e.getOriginalMessage())));
        }
    }

    private static Problem tooLarge() {
        return Problem.of(
                HttpStatus.CONTENT_TOO_LARGE,
                "body-too-large",
                "the body is longer than %,d bytes".formatted(StrictJson.MAX_LENGTH));
    }

    /// What the parser says, without where in its own terms it was.
    private static String withoutSource(String message) {
        int source = message.indexOf(" (start marker");
        return source < 0 ? message : message.substring(0, source);
    }

    private static Problem unknownField(UnrecognizedPropertyException e) {
        return Problem.of(
                        HttpStatus.BAD_REQUEST,
                        "unknown-field",
                        "there is no field \"%s\" here, only %s; leave it out or correct its name"
                                .formatted(
                                        path(e), Objects.requireNonNull(e.getKnownPropertyIds())))
                .field(path(e), null);
    }

    private static Problem wrongField(
            JacksonException e, JsonNode tree, Class<? extends Record> type) {
        String path = path(e);
        JsonNode value = tree;
        for (JacksonException.Reference step : e.getPath()) {
            value =
                    step.getPropertyName() == null
                            ? value.path(step.getIndex())
                            : value.path(step.getPropertyName());
        }
        String kind = kind(e, type);
        if (value.isMissingNode() || value.isNull()) {
            return Problem.of(
                            HttpStatus.BAD_REQUEST,
                            "missing-field",
                            "the field \"%s\" is missing or null; it must be %s"
                                    .formatted(path, kind))
                    .field(path, null);
        }
        return Problem.of(
                        HttpStatus.BAD_REQUEST,
                        "wrong-type",
                        "the field \"%s\" must be %s, but was %s".formatted(path, kind, value))
                .field(path, value.isString() ? value.asString() : value.toString());
    }

    private static String kind(JacksonException e, Class<? extends Record> type) {
        List<JacksonException.Reference> path = e.getPath();
        if (path.size() == 1) {
            for (var component : type.getRecordComponents()) {
                if (component.getName().equals(path.getFirst().getPropertyName())) {
                    return KINDS.getOrDefault(
                            component.getType().getSimpleName(), "something else");
                }
            }
        }
        return "a text";
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
}
