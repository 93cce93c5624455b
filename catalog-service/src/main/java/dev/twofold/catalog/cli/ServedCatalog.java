package dev.twofold.catalog.cli;

import dev.twofold.catalog.RunningCatalog;
import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.catalog.database.DataFolder.Claim.InUse;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/// The catalog that a command speaks to over HTTP: one that is named, the one on the data folder,
/// or one that is started there for as long as the command takes.
final class ServedCatalog {
    private static final Duration STARTING = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(100);

    @Option(
            names = "--url",
            paramLabel = "BASE",
            description = "A running catalog, such as http://127.0.0.1:8080, in place of --data.")
    private @Nullable URI url;

    @Mixin private Place place = new Place();

    /// What a command does with the catalog.
    @FunctionalInterface
    interface Work {
        int at(URI base) throws IOException, InterruptedException;
    }

    /// As [#use], for work that makes no sense in a data folder that is not there.
    int useExisting(PrintWriter err, Work work) throws IOException, InterruptedException {
        if (url == null && place.postgres() == null && !Files.isDirectory(place.data())) {
            throw new IllegalStateException(
                    "there is no data folder %s; name another with --data, or a catalog with --url"
                            .formatted(place.data().toAbsolutePath()));
        }
        return use(err, work);
    }

    /// What a command asks of the catalog.
    @FunctionalInterface
    interface Questions {
        int to(CatalogClient catalog) throws IOException, InterruptedException;
    }

    /// Asks, as the holder of the key in `CATALOG_KEY`, in a data folder that is there.
    ///
    /// @return what the questions returned
    int ask(CommandSpec spec, Questions questions) throws IOException, InterruptedException {
        return useExisting(
                spec.commandLine().getErr(),
                base -> {
                    try (CatalogClient client =
                            new CatalogClient(base, System.getenv("CATALOG_KEY"))) {
                        return questions.to(client);
                    }
                });
    }

    /// @return what the work returned
    int use(PrintWriter err, Work work) throws IOException, InterruptedException {
        if (url != null) {
            return work.at(url);
        }
        return switch (DataFolder.claim(place.data())) {
            case InUse inUse -> work.at(address(inUse));
            case Held(var folder) -> {
                try (folder;
                        RunningCatalog catalog =
                                RunningCatalog.start(
                                        folder,
                                        Settings.local(0).on(place.postgres()),
                                        err::println)) {
                    yield work.at(catalog.address());
                }
            }
        };
    }

    /// Where the catalog on the data folder answers, once it does.
    private URI address(InUse first) {
        Instant deadline = Instant.now().plus(STARTING);
        InUse inUse = first;
        while (inUse.address().isEmpty() && Instant.now().isBefore(deadline)) {
            LockSupport.parkNanos(POLL.toNanos());
            inUse = DataFolder.holder(place.data());
        }
        String diagnosis = inUse.diagnosis();
        return inUse.address()
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        "%s; it has not begun to answer within %d seconds"
                                                .formatted(diagnosis, STARTING.toSeconds())));
    }
}
