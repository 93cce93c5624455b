package dev.twofold.catalog.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A process that ends when the one that started it does, however that ends.
final class ChildProcess implements AutoCloseable {
    private static final Duration STOP = Duration.ofSeconds(30);

    /// Stops the process when its own input ends, which it does with the process that started it.
    private static final String WATCH =
            """
            trap '' HUP INT TERM
            cat > /dev/null
            kill -CONT "$1"
            kill -TERM "$1"
            for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
                kill -0 "$1" || exit
                sleep 1
            done
            kill -KILL "$1"
            """;

    private final Process process;
    private final Process watch;

    private ChildProcess(Process process, Process watch) {
        this.process = process;
        this.watch = watch;
    }

    /// @param environment what is added to this process's own
    /// @param log gets all that it says, after what is there
    /// @throws UncheckedIOException if the program cannot be run
    static ChildProcess start(List<String> command, Map<String, String> environment, Path log) {
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            Process watch =
                    new ProcessBuilder(
                                    "sh",
                                    "-c",
                                    WATCH,
                                    "twofold-watch",
                                    Long.toString(process.pid()))
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return new ChildProcess(process, watch);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "%s could not be run: %s".formatted(command.getFirst(), e.getMessage()), e);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    /// Stops the process in order, or after half a minute in any way.
    @Override
    public void close() {
        watch.destroyForcibly();
        process.destroy();
        try {
            if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
