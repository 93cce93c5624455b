package dev.twofold.catalog.cluster;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A part that is one process of a program of its own.
final class Program implements Part {
    private final String name;
    private final String role;
    private final Supplier<List<String>> command;
    private final Map<String, String> environment;
    private final Path log;
    private @Nullable ChildProcess process;

    /// @param command asked at each start
    /// @param environment what is added to this process's own
    Program(
            String name,
            String role,
            Supplier<List<String>> command,
            Map<String, String> environment,
            Path log) {
        this.name = name;
        this.role = role;
        this.command = command;
        this.environment = environment;
        this.log = log;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String role() {
        return role;
    }

    @Override
    public void start() {
        close();
        process = ChildProcess.start(command.get(), environment, log);
    }

    @Override
    public List<ProcessHandle> processes() {
        ChildProcess now = process;
        return now == null || !now.isAlive() ? List.of() : List.of(now.handle());
    }

    @Override
    public void close() {
        ChildProcess now = process;
        process = null;
        if (now != null) {
            now.close();
        }
    }
}
