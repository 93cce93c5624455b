package dev.twofold.postgres;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/// An inline projection could not take in the events of an append, and nothing of it was written.
///
/// The cause is what the projection, or the database on its behalf, threw: a constraint of a table
/// that the projection keeps, for one.
public final class RejectedAppendException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String projection;

    RejectedAppendException(String projection, Exception cause) {
        super(
                "inline projection \"%s\" does not take the append, and nothing was written: %s"
                        .formatted(projection, cause.getMessage()),
                cause);
        this.projection = projection;
    }

    /// The name of the projection.
    public String projection() {
        return projection;
    }

    /// The SQLSTATE with which the database refused, such as 23505 for a unique constraint; null if
    /// it was not the database that did.
    public @Nullable String sqlState() {
        return getCause() instanceof SQLException e ? e.getSQLState() : null;
    }
}
