package dev.twofold.catalog.cli;

import picocli.CommandLine.IVersionProvider;

/// The version of the catalog, as its jar tells.
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Version.class.getPackage().getImplementationVersion();
        return new String[] {"catalog " + (version == null ? "(unpackaged)" : version)};
    }
}
