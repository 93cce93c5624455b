package dev.twofold.postgres;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.postgresql.ds.PGSimpleDataSource;

/// A node in a process of its own that keeps a projection up to date, and ends no batch of any of
/// its partitions.
public final class StuckNode {
    static final String STUCK = "stuck in a partition";

    private StuckNode() {}

    /// @param args the database's address
    static void main(String[] args) throws InterruptedException {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl(args[0]);
        CountDownLatch never = new CountDownLatch(1);
        Projection<OrderEvent> stuck =
                SpreadTest.quantities(
                        () -> {
                            System.out.println(STUCK);
                            never.await();
                        });
        try (PostgresEventStore log = new PostgresEventStore(dataSource);
                Projections projections = new Projections(dataSource, log, List.of(stuck))) {
            projections.start();
            never.await();
        }
    }
}
