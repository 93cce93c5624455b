package dev.twofold.postgres;

import dev.twofold.testkit.HistoryChecker;
import dev.twofold.testkit.Workload;
import java.nio.file.Path;
import org.postgresql.ds.PGSimpleDataSource;

/// Clients of a log in a process of their own, which leave the history they saw in a file.
public final class HistoryClient {
    private HistoryClient() {}

    /// @param args the database's address, the seed, the number of clients, the operations of each,
    ///   and the file
    static void main(String[] args) throws Exception {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl(args[0]);
        HistoryChecker checker = new HistoryChecker();
        try (PostgresEventStore store = new PostgresEventStore(dataSource)) {
            new Workload(
                            Long.parseLong(args[1]),
                            Integer.parseInt(args[2]),
                            Integer.parseInt(args[3]))
                    .run(checker, store);
        }
        checker.write(Path.of(args[4]));
    }
}
