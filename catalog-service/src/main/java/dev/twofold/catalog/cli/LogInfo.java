package dev.twofold.catalog.cli;

import dev.twofold.postgres.PostgresEventStore;
import java.io.IOException;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `catalog log info`: the size of the log, as one line of JSON.
@Command(
        name = "info",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Prints one line of JSON about the log:",
            "events, position (of the last event), streams, sizeBytes (on disk).",
            "Works beside a running catalog and without one."
        })
final class LogInfo implements Callable<Integer> {
    @Mixin private Place place = new Place();

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        return LogDatabase.use(place, this::print);
    }

    private int print(DataSource database) {
        try (PostgresEventStore store = new PostgresEventStore(database)) {
            dev.twofold.postgres.LogInfo info = store.info();
            spec.commandLine()
                    .getOut()
                    .println(
                            "{\"events\":%d,\"position\":%d,\"streams\":%d,\"sizeBytes\":%d,\"epoch\":\"%s\"}"
                                    .formatted(
                                            info.events(),
                                            info.events(),
                                            info.streams(),
                                            info.bytes(),
                                            info.epoch()));
        }
        return ExitCode.OK;
    }
}
