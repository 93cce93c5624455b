package dev.twofold.catalog.http;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// What `openapi.yaml` says.
public final class Api {
    static final String FILE = "catalog-service/src/main/resources/openapi.yaml";
    private static final Set<String> METHODS =
            Set.of("get", "put", "post", "delete", "patch", "head", "options");
    private static final SchemaRegistry SCHEMAS =
            SchemaRegistry.withDefaultDialect(
                    SpecificationVersion.DRAFT_2020_12,
                    registry ->
                            registry.schemaRegistryConfig(
                                    SchemaRegistryConfig.builder()
                                            .formatAssertionsEnabled(true)
                                            .build()));

    private final JsonNode file;
    private final JsonNode closed;

    Api() {
        try (InputStream in = Api.class.getResourceAsStream("/openapi.yaml")) {
            file = new YAMLMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        closed = file.path("components").deepCopy();
        close(closed.path("schemas"));
    }

    /// What is wrong with a value, given the name of a schema.
    public static List<String> faults(String schema, JsonNode value) {
        Api api = new Api();
        JsonNode found = api.file.path("components").path("schemas").path(schema);
        if (found.isMissingNode()) {
            throw new AssertionError("%s has no schema %s".formatted(FILE, schema));
        }
        return api.faults(found, value);
    }

    JsonNode file() {
        return file;
    }

    /// One thing that can be done.
    record Operation(String method, String path, JsonNode content) {
        String id() {
            return content.path("operationId").asString();
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        file.path("paths")
                .forEachEntry(
                        (path, item) ->
                                item.forEachEntry(
                                        (method, content) -> {
                                            if (METHODS.contains(method)) {
                                                operations.add(
                                                        new Operation(
                                                                method.toUpperCase(Locale.ROOT),
                                                                path,
                                                                content));
                                            }
                                        }));
        return operations;
    }

    Operation operation(String id) {
        return operations().stream()
                .filter(operation -> operation.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new AssertionError("%s has no %s".formatted(FILE, id)));
    }

    /// What a reference leads to, or the node itself.
    JsonNode resolved(JsonNode node) {
        String reference = node.path("$ref").asString("");
        if (reference.isEmpty()) {
            return node;
        }
        JsonNode target = file.at(reference.substring(1));
        if (target.isMissingNode()) {
            throw new AssertionError("%s has nothing at %s".formatted(FILE, reference));
        }
        return resolved(target);
    }

    /// The parameters of an operation that are in a place, such as `query`.
    Map<String, JsonNode> parameters(Operation operation, String in) {
        Map<String, JsonNode> found = new LinkedHashMap<>();
        for (JsonNode each : operation.content.path("parameters")) {
            JsonNode parameter = resolved(each);
            if (parameter.path("in").asString().equals(in)) {
                found.put(parameter.path("name").asString(), parameter);
            }
        }
        return found;
    }

    /// What is wrong with a value, given a schema of the file; fields that the schema does not name
    /// are wrong as well.
    List<String> faults(JsonNode schema, JsonNode value) {
        ObjectNode whole = schema.deepCopy().asObject();
        close(whole);
        whole.set("components", closed);
        Schema ready = SCHEMAS.getSchema(whole);
        return ready.validate(value).stream().map(Object::toString).toList();
    }

    /// What is referred to anywhere.
    Set<String> references() {
        Set<String> references = new TreeSet<>();
        collect(file, references);
        return references;
    }

    private static void collect(JsonNode node, Set<String> references) {
        if (node.path("$ref").isString()) {
            references.add(node.path("$ref").asString());
        }
        node.forEach(child -> collect(child, references));
    }

    /// Has objects take no fields but those that they name, also where callers are told to expect
    /// others.
    private static void close(JsonNode node) {
        if (node instanceof ObjectNode object
                && object.path("properties").isObject()
                && types(object).contains("object")
                && !object.path("additionalProperties").isObject()) {
            object.put("additionalProperties", false);
        }
        node.forEach(Api::close);
    }

    /// The types of values that a schema names.
    static Set<String> types(JsonNode schema) {
        JsonNode type = schema.path("type");
        return type.isArray() ? texts(type) : new TreeSet<>(Set.of(type.asString("")));
    }

    static Set<String> texts(JsonNode array) {
        return array.valueStream()
                .map(JsonNode::asString)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
