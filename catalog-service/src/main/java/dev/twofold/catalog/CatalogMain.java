package dev.twofold.catalog;

import dev.twofold.catalog.cli.Serve;
import org.slf4j.bridge.SLF4JBridgeHandler;
import org.springframework.boot.logging.LoggingSystem;

/// Starts the catalog's command line.
public final class CatalogMain {
    private CatalogMain() {}

    static void main(String[] args) {
        // Logback sets itself up; would Spring Boot do it anew, what threads say meanwhile were
        // lost
        System.setProperty(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE);
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        System.exit(Serve.run(args));
    }
}
