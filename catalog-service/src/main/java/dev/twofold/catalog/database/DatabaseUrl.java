package dev.twofold.catalog.database;

import java.util.Optional;
import java.util.regex.Pattern;

/// Addresses of databases as operators write them, who may have put a password where none belongs.
public final class DatabaseUrl {
    /// What comes before the question mark names no user: the driver would take that for a host,
    /// and tell its log of it.
    private static final Pattern JDBC = Pattern.compile("jdbc:postgresql:[^?@]*([?].*)?");

    private DatabaseUrl() {}

    /// What is wrong with it; empty if the driver can be asked.
    public static Optional<String> fault(String url) {
        return JDBC.matcher(url).matches()
                ? Optional.empty()
                : Optional.of(
                        "it begins with jdbc:postgresql:, and names the user behind a question"
                            + " mark, as in"
                            + " jdbc:postgresql://HOST:PORT/DATABASE?user=USER&password=PASSWORD,"
                                + " but was \"%s\"".formatted(withoutSecrets(url)));
    }

    /// As much of it as anybody may see.
    public static String withoutSecrets(String url) {
        return JDBC.matcher(url).matches()
                ? url.replaceFirst("[?].*", "")
                : url.replaceFirst("(?is)(//.*@|[?]|password).*", "…");
    }
}
