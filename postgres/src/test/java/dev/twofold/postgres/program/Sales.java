package dev.twofold.postgres.program;

import dev.twofold.postgres.SqlBatch;

/// Code that SQL projections hand batches to, as it may be written.
public final class Sales {
    private Sales() {}

    public static SqlBatch<Object> lambda() {
        return (_, table, connection) -> {
            throw new IllegalStateException("lambda as before: " + table + connection);
        };
    }

    public static SqlBatch<Object> reference() {
        return SalesStatements::apply;
    }

    public static SqlBatch<Object> object() {
        return new SalesHandler();
    }
}
