package dev.twofold.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `./catalog cluster`, as a user starts it: the packed jar on a folder.
final class RunningCluster implements AutoCloseable {
    private static final Path JAR =
            Path.of("../catalog-service/target/catalog.jar").toAbsolutePath();
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private final Path folder;
    private final Process process;
    private final URI address;

    private RunningCluster(Path folder, Process process, URI address) {
        this.folder = folder;
        this.process = process;
        this.address = address;
    }

    /// Returns when all nodes are ready.
    static RunningCluster start(Path folder) throws IOException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-jar",
                                JAR.toString(),
                                "cluster",
                                "--port",
                                "0",
                                "--data",
                                folder.toString())
                        .redirectErrorStream(true)
                        .start();
        BufferedReader out = process.inputReader();
        List<String> said = new ArrayList<>();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            said.add(line);
            if (line.startsWith("The cluster answers at ")) {
                URI address = URI.create(line.substring(line.indexOf("http")));
                return new RunningCluster(folder, process, address);
            }
        }
        throw new AssertionError("the cluster did not start: " + String.join("\n", said));
    }

    /// The address in front of all nodes.
    URI address() {
        return address;
    }

    ProcessHandle process() {
        return process.toHandle();
    }

    /// What there is to say of a part.
    record Part(
            String name,
            String role,
            String state,
            long pid,
            String address,
            long lag,
            String note) {
        boolean isReady() {
            return state.equals("ready");
        }
    }

    List<Part> parts() throws IOException, InterruptedException {
        List<Part> parts = new ArrayList<>();
        for (JsonNode row : JSON.readTree(order("status"))) {
            parts.add(
                    new Part(
                            row.path("name").asString(),
                            row.path("role").asString(),
                            row.path("state").asString(),
                            row.path("pid").longValue(),
                            row.path("address").asString(),
                            row.path("lag").longValue(),
                            row.path("note").asString()));
        }
        return parts;
    }

    Part part(String name) throws IOException, InterruptedException {
        return parts().stream().filter(part -> part.name().equals(name)).findFirst().orElseThrow();
    }

    boolean isActive(String relay) throws InterruptedException {
        try {
            return part(relay).note().startsWith("active");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void awaitReady() throws IOException, InterruptedException {
        awaitReady("");
    }

    /// @param name of a part or a role; nothing for all
    void awaitReady(String name) throws IOException, InterruptedException {
        List<Part> parts = parts(name);
        while (!parts.stream().allMatch(Part::isReady)) {
            if (parts.stream().anyMatch(part -> part.state().equals("ended"))) {
                throw new AssertionError("a part has ended: " + parts + logs(parts));
            }
            parts = parts(name);
        }
    }

    private List<Part> parts(String name) throws IOException, InterruptedException {
        return parts().stream()
                .filter(
                        part ->
                                name.isEmpty()
                                        || part.name().equals(name)
                                        || part.role().equals(name))
                .toList();
    }

    private String logs(List<Part> parts) throws IOException {
        StringBuilder logs = new StringBuilder();
        for (Part part : parts) {
            Path log = folder.resolve(part.name() + ".log");
            if (part.state().equals("ended") && Files.exists(log)) {
                logs.append("\n").append(Files.readString(log));
            }
        }
        return logs.toString();
    }

    /// Sends an order, and gives what it came to.
    String order(String order) throws IOException, InterruptedException {
        String secret = Files.readString(folder.resolve("control-secret")).strip();
        HttpResponse<String> answer =
                client.send(
                        HttpRequest.newBuilder(address.resolve("/cluster/" + order))
                                .header("Authorization", "Bearer " + secret)
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build(),
                        BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new AssertionError(order + " came to " + answer.body());
        }
        return answer.body();
    }

    Connection primary() throws IOException, InterruptedException, SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://%s/postgres".formatted(part("primary").address()),
                "catalog",
                Files.readString(folder.resolve("primary/postgres-password")).strip());
    }

    String bootstrap() throws IOException, InterruptedException {
        return part("broker").address();
    }

    /// All processes that there are of it.
    Stream<ProcessHandle> processes() {
        return process.descendants();
    }

    @Override
    public void close() {
        client.close();
        process.destroy();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the cluster did not stop within 60 s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
