package dev.twofold.catalog.product;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A page in Chromium, without a window, steered by the Chrome DevTools Protocol.
final class Browser implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String ANNOUNCED = "DevTools listening on ";

    private final Process process;
    private final HttpClient client = HttpClient.newHttpClient();
    private final WebSocket socket;
    private final ConcurrentMap<Integer, CompletableFuture<JsonNode>> asked =
            new ConcurrentHashMap<>();
    private final AtomicInteger questions = new AtomicInteger();
    private final String session;

    /// @param profile a folder of its own
    Browser(Path profile) throws IOException {
        try {
            process =
                    new ProcessBuilder(
                                    List.of(
                                            "/usr/bin/chromium",
                                            "--headless",
                                            "--no-sandbox",
                                            "--disable-gpu",
                                            "--disable-dev-shm-usage",
                                            "--no-first-run",
                                            "--window-size=900,640",
                                            "--remote-debugging-port=0",
                                            "--user-data-dir=" + profile,
                                            "about:blank"))
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
        } catch (IOException e) {
            throw new IOException("install chromium, in which pages are tested", e);
        }
        socket =
                client.newWebSocketBuilder()
                        .buildAsync(URI.create(address(process)), new Heard())
                        .join();
        String target =
                ask("Target.createTarget", Map.of("url", "about:blank"), "")
                        .path("targetId")
                        .asString();
        session =
                ask("Target.attachToTarget", Map.of("targetId", target, "flatten", true), "")
                        .path("sessionId")
                        .asString();
    }

    private static String address(Process process) throws IOException {
        BufferedReader said = process.errorReader();
        StringBuilder all = new StringBuilder();
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            if (line.startsWith(ANNOUNCED)) {
                return line.substring(ANNOUNCED.length());
            }
            all.append(line).append('\n');
        }
        throw new IOException("chromium ended: " + all);
    }

    private final class Heard implements WebSocket.Listener {
        private final StringBuilder part = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
            part.append(text);
            if (last) {
                JsonNode message = JSON.readTree(part.toString());
                part.setLength(0);
                CompletableFuture<JsonNode> question = asked.remove(message.path("id").asInt(0));
                if (question != null) {
                    question.complete(message);
                }
            }
            from.request(1);
            return CompletableFuture.completedStage(null);
        }
    }

    private JsonNode ask(String method, Map<String, ?> parameters, String ofSession) {
        int id = questions.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        asked.put(id, answer);
        Map<String, Object> question =
                new ConcurrentHashMap<>(Map.of("id", id, "method", method, "params", parameters));
        if (!ofSession.isEmpty()) {
            question.put("sessionId", ofSession);
        }
        socket.sendText(JSON.writeValueAsString(question), true).join();
        JsonNode message = answer.orTimeout(30, TimeUnit.SECONDS).join();
        if (message.has("error")) {
            throw new AssertionError(method + ": " + message.path("error"));
        }
        return message.path("result");
    }

    /// Opens a page and waits until it is there.
    void open(URI address) {
        ask("Page.navigate", Map.of("url", address.toString()), session);
        Awaitility.await(address + " is there")
                .until(
                        () ->
                                evaluate("document.readyState + location.href")
                                        .equals("complete" + address));
    }

    /// What an expression comes to in the page, as text.
    String evaluate(String expression) {
        JsonNode result =
                ask(
                        "Runtime.evaluate",
                        Map.of("expression", expression, "returnByValue", true),
                        session);
        if (result.has("exceptionDetails")) {
            throw new AssertionError(expression + ": " + result.path("exceptionDetails"));
        }
        return result.path("result").path("value").asString("");
    }

    /// The text of an element.
    String text(String id) {
        return evaluate("document.getElementById('%s').textContent".formatted(id));
    }

    /// Waits until an element has a text.
    void await(String id, String text) {
        Awaitility.await("%s says %s".formatted(id, text))
                .untilAsserted(
                        () -> {
                            String found = text(id);
                            if (!found.contains(text)) {
                                throw new AssertionError("it says " + found);
                            }
                        });
    }

    /// The page as it looks, as PNG.
    void show(Path file) throws IOException {
        String png = ask("Page.captureScreenshot", Map.of(), session).path("data").asString();
        Files.write(file, Base64.getDecoder().decode(png));
    }

    @Override
    public void close() {
        ask("Browser.close", Map.of(), "");
        socket.abort();
        client.shutdownNow();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
