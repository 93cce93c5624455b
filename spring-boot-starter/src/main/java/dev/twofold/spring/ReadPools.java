package dev.twofold.spring;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/// Connections for reads: to replicas, and to the primary if statements of reads have a limit.
///
/// No replica has to be in reach when they are made, and one that is not costs a caller no more
/// than it takes to find that out.
final class ReadPools implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /// Nobody else can be asked in place of the primary.
    private static final Duration PRIMARY_PATIENCE = Duration.ofSeconds(5);

    private static final String LIMITS =
            """
            SET statement_timeout = ${milliseconds};
            SET default_transaction_read_only = on
            """;

    private final List<HikariDataSource> pools = new ArrayList<>();
    private final Map<String, DataSource> replicas = new LinkedHashMap<>();
    private final DataSource primary;

    /// @param primary whose user is the replicas' where the URL does not name one
    /// @throws IllegalArgumentException if reads of the primary have a limit and its address cannot
    ///   be told
    ReadPools(DataSource primary, TwofoldProperties.Reads reads) {
        this.primary = reads.statementTimeout().isZero() ? primary : ofPrimary(primary, reads);
        for (String url : reads.urls()) {
            replicas.put(TwofoldProperties.Reads.name(url), ofReplica(primary, url, reads));
        }
    }

    private HikariDataSource ofPrimary(DataSource primary, TwofoldProperties.Reads reads) {
        if (!(primary instanceof HikariDataSource pool)) {
            throw new IllegalArgumentException(
                    "twofold.replicas.statement-timeout needs a HikariDataSource as data source, to"
                            + " connect to the same server, but that is a "
                            + primary.getClass().getName());
        }
        HikariConfig config = limited(reads);
        config.setPoolName("primary-reads");
        config.setJdbcUrl(pool.getJdbcUrl());
        config.setUsername(pool.getUsername());
        config.setPassword(pool.getPassword());
        config.setDataSourceProperties(pool.getDataSourceProperties());
        config.setConnectionTimeout(PRIMARY_PATIENCE.toMillis());
        return opened(config);
    }

    private HikariDataSource ofReplica(
            DataSource primary, String url, TwofoldProperties.Reads reads) {
        HikariConfig config = limited(reads);
        config.setPoolName("replica-" + TwofoldProperties.Reads.name(url));
        config.setJdbcUrl(url);
        if (!url.contains("user=") && primary instanceof HikariDataSource pool) {
            config.setUsername(pool.getUsername());
            config.setPassword(pool.getPassword());
        }
        config.setConnectionTimeout(PATIENCE.toMillis());
        config.setInitializationFailTimeout(-1);
        config.addDataSourceProperty("connectTimeout", Long.toString(PATIENCE.toSeconds()));
        config.addDataSourceProperty("socketTimeout", Long.toString(reads.timeout().toSeconds()));
        return opened(config);
    }

    private static HikariConfig limited(TwofoldProperties.Reads reads) {
        HikariConfig config = new HikariConfig();
        config.setMaximumPoolSize(reads.connections());
        config.setMinimumIdle(1);
        if (!reads.statementTimeout().isZero()) {
            config.setConnectionInitSql(
                    LIMITS.replace(
                            "${milliseconds}", Long.toString(reads.statementTimeout().toMillis())));
        }
        return config;
    }

    private HikariDataSource opened(HikariConfig config) {
        HikariDataSource pool = new HikariDataSource(config);
        pools.add(pool);
        return pool;
    }

    DataSource primary() {
        return primary;
    }

    Map<String, DataSource> replicas() {
        return replicas;
    }

    @Override
    public void close() {
        pools.forEach(HikariDataSource::close);
    }
}
