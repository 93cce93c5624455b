package dev.twofold.catalog.cli;

import dev.twofold.postgres.PostgresLog;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `catalog log renew`: makes the consistency tokens of the time before a restore invalid.
@Command(
        name = "renew",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Gives the log a new epoch. Run it once after the database was restored from a backup,",
            "while no catalog runs on it: what came after the backup is lost, and consistency",
            "tokens of that time are refused from then on. A log that `log import` has filled has",
            "an epoch of its own already."
        })
final class LogRenew implements Callable<Integer> {
    @Mixin private Place place = new Place();

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        return LogDatabase.use(place, this::renew);
    }

    private int renew(DataSource database) {
        UUID epoch = PostgresLog.renewEpoch(database);
        spec.commandLine().getOut().println("The log's epoch is %s now.".formatted(epoch));
        return ExitCode.OK;
    }
}
