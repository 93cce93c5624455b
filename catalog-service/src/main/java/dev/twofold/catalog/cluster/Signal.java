package dev.twofold.catalog.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;

/// Signals that Java itself cannot send.
enum Signal {
    STOP,
    CONT;

    void send(List<ProcessHandle> processes) {
        if (processes.isEmpty()) {
            return;
        }
        List<String> command =
                Stream.concat(
                                Stream.of("kill", "-" + name()),
                                processes.stream().map(process -> Long.toString(process.pid())))
                        .toList();
        try {
            new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException("there is no program \"kill\" on this machine", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
