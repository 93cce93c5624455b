package dev.twofold.catalog.cli;

import dev.twofold.postgres.LogFaults;
import dev.twofold.postgres.LogVerifier;
import dev.twofold.postgres.PostgresEventStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `catalog log verify`: whether the log is whole.
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Checks that the log is whole: positions, versions, tags, checksums.",
            "Names what is wrong, and ends with exit code 1 then. Changes nothing.",
            "Works beside a running catalog and without one."
        })
final class LogVerify implements Callable<Integer> {
    @Mixin private Place place = new Place();

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        return LogDatabase.use(place, this::verify);
    }

    private int verify(DataSource database) {
        PrintWriter out = spec.commandLine().getOut();
        long events;
        try (PostgresEventStore store = new PostgresEventStore(database)) {
            events = store.head();
        }
        LogFaults faults;
        try (ProgressBar bar = new ProgressBar("Checking", events)) {
            faults = new LogVerifier(database).verify(bar::stepTo);
        }
        faults.first().forEach(out::println);
        if (faults.more()) {
            out.println("… and more");
        }
        if (!faults.first().isEmpty()) {
            return ExitCode.SOFTWARE;
        }
        out.println("The log is whole: %,d events.".formatted(faults.events()));
        return ExitCode.OK;
    }
}
