package dev.twofold.catalog.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `catalog import`: takes a product feed in.
@Command(name = "import", mixinStandardHelpOptions = true, versionProvider = Version.class)
final class ImportFeed implements Callable<Integer> {
    @Mixin private Place place = new Place();

    @Override
    public Integer call() {
        throw new IllegalStateException(place.data().toString());
    }
}
