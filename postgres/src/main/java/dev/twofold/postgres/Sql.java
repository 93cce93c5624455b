package dev.twofold.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// The SQL files of this module.
final class Sql {
    private Sql() {}

    /// @param name relative to this package
    static String resource(String name) {
        try (InputStream file = Sql.class.getResourceAsStream(name)) {
            if (file == null) {
                throw new IllegalStateException("the module lacks its file " + name);
            }
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the module's file " + name + " cannot be read", e);
        }
    }
}
