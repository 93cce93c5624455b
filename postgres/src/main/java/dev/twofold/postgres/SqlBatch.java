package dev.twofold.postgres;

import dev.twofold.Recorded;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/// What a batch of events does to a table, in the transaction that also moves the checkpoint.
@FunctionalInterface
public interface SqlBatch<E> {

    /// Neither commits nor rolls back. May be called again with a part of the same events, in
    /// another transaction, if it throws.
    ///
    /// @param table the name of the table that the generation keeps; for tables of the
    ///   application's own, the projection's name with `_` for `-`
    void apply(List<Recorded<E>> events, String table, Connection connection) throws SQLException;
}
