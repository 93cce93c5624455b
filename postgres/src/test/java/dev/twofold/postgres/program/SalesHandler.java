package dev.twofold.postgres.program;

import dev.twofold.Recorded;
import dev.twofold.postgres.SqlBatch;
import java.sql.Connection;
import java.util.List;

/// Code that is an object.
final class SalesHandler implements SqlBatch<Object> {
    @Override
    public void apply(List<Recorded<Object>> events, String table, Connection connection) {
        if (!events.isEmpty()) {
            throw new IllegalStateException("handler as before: " + events + table + connection);
        }
    }
}
