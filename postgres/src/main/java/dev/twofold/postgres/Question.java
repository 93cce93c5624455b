package dev.twofold.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What one server is asked, within one snapshot of it.
///
/// @param <A> the answer
interface Question<A> {

    /// @param gate has to let pass what the snapshot shows
    /// @return null if the gate does not, or the server has no such view
    @Nullable A ask(Connection connection, Predicate<Sighting> gate) throws SQLException;
}
