package dev.twofold.benchmarks;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// Processor time taken: by this process and the children it waited for, and by a server's
/// processes, those that have ended included.
///
/// From `/proc`, in steps of 10 ms; zero where there is no such thing.
record Cpu(Duration client, Duration server) {
    private static final int FIRST_FIELD = 3;
    private static final int USER_TIME = 14;
    private static final int FIELDS = 4;
    private static final Duration TICK = Duration.ofMillis(10);

    static Cpu now(ProcessHandle server) {
        Duration taken = withEndedChildren(server);
        for (ProcessHandle child : server.children().toList()) {
            taken = taken.plus(withEndedChildren(child));
        }
        return new Cpu(withEndedChildren(ProcessHandle.current()), taken);
    }

    /// Of the processes that this one has started and that run, those of programs with such a name.
    static Duration ofChildren(String prefix) {
        return ProcessHandle.current()
                .children()
                .filter(child -> program(child).startsWith(prefix))
                .map(Cpu::withEndedChildren)
                .reduce(Duration.ZERO, Duration::plus);
    }

    private static String program(ProcessHandle process) {
        return process.info().command().map(path -> new File(path).getName()).orElse("");
    }

    Cpu since(Cpu earlier) {
        return new Cpu(client.minus(earlier.client), server.minus(earlier.server));
    }

    private static Duration withEndedChildren(ProcessHandle process) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
            List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
            int user = USER_TIME - FIRST_FIELD;
            long ticks =
                    fields.subList(user, user + FIELDS).stream().mapToLong(Long::parseLong).sum();
            return TICK.multipliedBy(ticks);
        } catch (NoSuchFileException _) {
            return Duration.ZERO;
        } catch (IOException e) {
            if (!process.isAlive()) { // it ended between the opening of its file and the reading
                return Duration.ZERO;
            }
            throw new UncheckedIOException(e);
        }
    }
}
