package dev.twofold.postgres;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/// Connections of which one is cut at a certain call to the database, counted over all of them. The
/// call returns when the server has let go of it.
final class CutConnections {
    private final DataSource dataSource;
    private final AtomicInteger calls = new AtomicInteger();
    private final int cutAt;
    private final boolean afterTheCall;
    private final Runnable end;

    /// @param cutAt the call, from 1; 0 for never
    /// @param afterTheCall whether the call is carried out first, and just its answer lost
    CutConnections(DataSource dataSource, int cutAt, boolean afterTheCall) {
        this(dataSource, cutAt, afterTheCall, () -> {});
    }

    /// @param end is run before the connection is cut
    CutConnections(DataSource dataSource, int cutAt, boolean afterTheCall, Runnable end) {
        this.dataSource = dataSource;
        this.cutAt = cutAt;
        this.afterTheCall = afterTheCall;
        this.end = end;
    }

    int calls() {
        return calls.get();
    }

    DataSource dataSource() {
        return proxy(
                DataSource.class,
                (_, method, args) -> {
                    Object result = call(dataSource, method, args);
                    return result instanceof Connection connection ? wrap(connection) : result;
                });
    }

    private Connection wrap(Connection connection) {
        return proxy(
                Connection.class,
                (_, method, args) -> {
                    Object result =
                            switch (method.getName()) {
                                case "commit", "rollback" ->
                                        cut(connection, connection, method, args);
                                default -> call(connection, method, args);
                            };
                    return switch (result) {
                        case PreparedStatement one ->
                                proxy(PreparedStatement.class, statement(connection, one));
                        case Statement one -> proxy(Statement.class, statement(connection, one));
                        case null, default -> result;
                    };
                });
    }

    private InvocationHandler statement(Connection connection, Statement statement) {
        return (_, method, args) ->
                method.getName().startsWith("execute")
                        ? cut(connection, statement, method, args)
                        : call(statement, method, args);
    }

    private @Nullable Object cut(
            Connection connection, Object target, Method method, Object @Nullable [] args)
            throws Throwable {
        if (calls.incrementAndGet() != cutAt) {
            return call(target, method, args);
        }
        if (afterTheCall) {
            call(target, method, args);
        }
        end.run();
        int process = connection.unwrap(PGConnection.class).getBackendPID();
        connection.abort(Runnable::run);
        awaitEnd(process);
        throw new SQLException("the connection was cut", "08006");
    }

    /// Returns when the server has noticed, and given back what the connection had locked: who
    /// comes next would be told that another process is at work.
    private void awaitEnd(int process) throws SQLException {
        try (Connection other = dataSource.getConnection();
                PreparedStatement running =
                        other.prepareStatement("SELECT FROM pg_stat_activity WHERE pid = ?")) {
            running.setInt(1, process);
            while (isAny(running)) {
                Thread.onSpinWait();
            }
        }
    }

    private static boolean isAny(PreparedStatement query) throws SQLException {
        try (ResultSet rows = query.executeQuery()) {
            return rows.next();
        }
    }

    static @Nullable Object call(Object target, Method method, Object @Nullable [] args)
            throws Throwable {
        try {
            return method.invoke(target, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(
                        CutConnections.class.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
