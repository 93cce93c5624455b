package dev.twofold.catalog;

/// Starts the catalog.
public final class CatalogMain {
    private CatalogMain() {}

    static void main(String[] args) {
        System.out.println("catalog " + String.join(" ", args));
    }
}
