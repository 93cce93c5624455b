package dev.twofold.catalog;

import dev.twofold.catalog.cli.Serve;

/// Starts the catalog's command line.
public final class CatalogMain {
    private CatalogMain() {}

    static void main(String[] args) {
        System.exit(Serve.run(args));
    }
}
