package dev.twofold.postgres;

import java.sql.SQLException;

/// Carries an SQL exception through code that declares none.
final class UncheckedSql extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final SQLException sql;

    UncheckedSql(SQLException sql) {
        super(sql);
        this.sql = sql;
    }

    SQLException sql() {
        return sql;
    }
}
