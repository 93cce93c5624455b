package dev.twofold.catalog.cluster;

import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.EmbeddedPostgres;
import dev.twofold.catalog.database.EmbeddedPostgres.JdbcAddress;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A part that is a PostgreSQL server on a folder of its own.
final class DatabaseServer implements Part {
    private final String name;
    private final DataFolder folder;
    private final Function<DataFolder, EmbeddedPostgres> launch;
    private @Nullable EmbeddedPostgres server;

    DatabaseServer(String name, DataFolder folder, Function<DataFolder, EmbeddedPostgres> launch) {
        this.name = name;
        this.folder = folder;
        this.launch = launch;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String role() {
        return "database";
    }

    DataFolder folder() {
        return folder;
    }

    JdbcAddress address() {
        EmbeddedPostgres now = server;
        if (now == null) {
            throw new IllegalStateException(name + " does not run");
        }
        return now.address();
    }

    @Override
    public void start() {
        close();
        server = launch.apply(folder);
    }

    @Override
    public List<ProcessHandle> processes() {
        EmbeddedPostgres now = server;
        return now == null
                ? List.of()
                : now.process().stream()
                        .flatMap(
                                postmaster ->
                                        Stream.concat(
                                                Stream.of(postmaster), postmaster.descendants()))
                        .toList();
    }

    @Override
    public void close() {
        EmbeddedPostgres now = server;
        server = null;
        if (now != null) {
            now.close();
        }
    }
}
