package dev.twofold.spring;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.sql.DataSource;

/// Connections to replicas. None has to be in reach when they are made, and one that is not costs a
/// caller no more than it takes to find that out.
final class ReplicaPools implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Map<String, DataSource> byName = new LinkedHashMap<>();

    /// @param primary whose user is theirs where the URL does not name one
    ReplicaPools(DataSource primary, TwofoldProperties.Reads reads) {
        for (String url : reads.urls()) {
            byName.put(TwofoldProperties.Reads.name(url), pool(primary, url, reads));
        }
    }

    private static HikariDataSource pool(
            DataSource primary, String url, TwofoldProperties.Reads reads) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("replica-" + TwofoldProperties.Reads.name(url));
        config.setJdbcUrl(url);
        if (!url.contains("user=") && primary instanceof HikariDataSource pool) {
            config.setUsername(pool.getUsername());
            config.setPassword(pool.getPassword());
        }
        config.setMaximumPoolSize(reads.connections());
        config.setMinimumIdle(1);
        config.setConnectionTimeout(PATIENCE.toMillis());
        config.setInitializationFailTimeout(-1);
        config.addDataSourceProperty("connectTimeout", Long.toString(PATIENCE.toSeconds()));
        config.addDataSourceProperty("socketTimeout", Long.toString(reads.timeout().toSeconds()));
        return new HikariDataSource(config);
    }

    Map<String, DataSource> byName() {
        return byName;
    }

    @Override
    public void close() {
        byName.values().forEach(pool -> ((HikariDataSource) pool).close());
    }
}
