package dev.twofold.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A service in a JVM of its own, each with the same heap.
final class ServiceProcess implements AutoCloseable {
    private static final Pattern ADDRESS = Pattern.compile("answers at (http://\\S+)");

    private final Process process;
    private final HttpService service;

    private ServiceProcess(Process process, HttpService service) {
        this.process = process;
        this.service = service;
    }

    /// Returns when it has printed its address.
    static ServiceProcess start(List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx512m", "-XX:+UseCompactObjectHeaders"));
        command.addAll(arguments);
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            BufferedReader lines = process.inputReader();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher address = ADDRESS.matcher(line);
                if (address.find()) {
                    // a read of a pipe holds a carrier, of which virtual threads have few
                    Thread.ofPlatform()
                            .name("benchmark-output")
                            .daemon()
                            .start(() -> lines.lines().forEach(_ -> {}));
                    return new ServiceProcess(
                            process, new HttpService(URI.create(address.group(1))));
                }
            }
            throw new IllegalStateException(
                    "a service did not start: \"%s\"".formatted(arguments.getLast()));
        } catch (IOException e) {
            throw new UncheckedIOException("a service did not start", e);
        }
    }

    HttpService service() {
        return service;
    }

    @Override
    public void close() {
        service.close();
        process.destroy();
        process.onExit().join();
    }
}
