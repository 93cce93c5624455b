package dev.twofold.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.EventFeed;
import dev.twofold.EventStore;
import dev.twofold.postgres.OrderPageView.OrderPage;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/// A database for read models, and what tests ask of it.
record ReadModel(DataSource dataSource) {

    static ReadModel fresh() {
        HikariConfig pool = new HikariConfig();
        pool.setDataSource(TestPostgres.database().dataSource());
        pool.setMinimumIdle(0);
        ReadModel model = new ReadModel(new HikariDataSource(pool));
        PostgresLog.migrate(model.dataSource);
        return model;
    }

    ProjectionRunner<OrderEvent> runner(EventStore log, String name, int batch) {
        return runner(log, Shop.table(name), batch);
    }

    ProjectionRunner<OrderEvent> runner(
            EventStore log, ViewTable<OrderEvent, OrderPage> table, int batch) {
        return runner(log, Projection.of(Shop.TYPES, table), batch);
    }

    ProjectionRunner<OrderEvent> runner(
            EventStore log, Projection<OrderEvent> projection, int batch) {
        return runner(log, projection, batch, 0);
    }

    ProjectionRunner<OrderEvent> runner(
            EventStore log, Projection<OrderEvent> projection, int batch, int partition) {
        return runner(dataSource, log, projection, partition, new BatchSize(batch, batch));
    }

    ProjectionRunner<OrderEvent> runner(
            EventStore log, Projection<OrderEvent> projection, FailurePolicy policy) {
        return runner(dataSource, log, projection, 0, new BatchSize(100, 100), policy);
    }

    static ProjectionRunner<OrderEvent> runner(
            DataSource dataSource,
            EventFeed log,
            Projection<OrderEvent> projection,
            int partition,
            BatchSize size) {
        return runner(dataSource, log, projection, partition, size, FailurePolicy.STANDARD);
    }

    private static ProjectionRunner<OrderEvent> runner(
            DataSource dataSource,
            EventFeed log,
            Projection<OrderEvent> projection,
            int partition,
            BatchSize size,
            FailurePolicy policy) {
        return new ProjectionRunner<>(
                dataSource,
                new LogPages<>(log, projection),
                projection,
                Generations::live,
                partition,
                new Checkpoints(dataSource, "node", policy.attempts()),
                size,
                policy);
    }

    ViewReader<OrderPage> reader(String name) {
        return new ViewReader<>(dataSource, Shop.table(name));
    }

    /// Starts a program of these tests in a process of its own, with the database's address and
    /// what else it is told.
    Process process(Class<?> program, String... more) throws IOException, SQLException {
        String url;
        try (Connection connection = dataSource.getConnection()) {
            url = connection.getMetaData().getURL();
            url +=
                    (url.contains("?") ? "&user=" : "?user=")
                            + connection.getMetaData().getUserName();
        }
        List<String> arguments = new ArrayList<>(List.of(url));
        arguments.addAll(List.of(more));
        return JavaProcess.of(program, arguments.toArray(String[]::new))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /// Steps until there is nothing more to do.
    static Step runToEnd(ProjectionRunner<?> runner) {
        Step step = runner.step();
        while (step instanceof Step.Advanced) {
            step = runner.step();
        }
        return step;
    }

    /// Steps until the end of the log, also past failures, and until locks of lost connections go.
    static void runToIdle(ProjectionRunner<?> runner) {
        long begin = System.nanoTime();
        Step step = runner.step();
        while (!(step instanceof Step.Idle)) {
            if (System.nanoTime() - begin > TimeUnit.MINUTES.toNanos(1)) {
                throw new AssertionError("no end is in sight after a minute: " + step);
            }
            step = runner.step();
        }
    }

    /// Everything that the projection has written of a view: documents, look-ups and checkpoint.
    List<String> contents(String name) {
        String table = name.replace('-', '_');
        List<String> contents = new ArrayList<>();
        contents.addAll(query("SELECT t::text FROM %s t ORDER BY key".formatted(table)));
        contents.addAll(
                query("SELECT t::text FROM %s_1_customer_name t ORDER BY key".formatted(table)));
        contents.addAll(
                query(
                        """
                        SELECT generation, partition, position, stopped_at
                        FROM twofold.checkpoint WHERE projection = '%s'
                        """
                                .formatted(name)));
        return contents;
    }

    /// The documents that the projection has written, and the positions that touched them.
    List<String> documents(String name) {
        return query(
                "SELECT key, document, refs, position FROM %s ORDER BY key"
                        .formatted(name.replace('-', '_')));
    }

    /// The events that a projection has parked.
    List<String> parked(String name) {
        return query(
                """
                SELECT key, position, attempts FROM twofold.parked_event
                WHERE projection = '%s' ORDER BY view, key, position
                """
                        .formatted(name));
    }

    void execute(String sql) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The rows, each as its columns with a comma between.
    List<String> query(String sql) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> found = new ArrayList<>();
            while (rows.next()) {
                List<String> columns = new ArrayList<>();
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    columns.add(String.valueOf(rows.getString(i)));
                }
                found.add(String.join(",", columns));
            }
            return found;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
