package dev.twofold.postgres;

import org.postgresql.ds.PGSimpleDataSource;

/// A node in a process of its own that ends at a call to the database, with nothing of its code run
/// any more.
public final class HaltedNode {
    /// How the process ends then.
    static final int HALTED = 17;

    private HaltedNode() {}

    /// The same each time.
    static Shop history() {
        Shop shop = new Shop();
        shop.recordHistory(ExactlyOnceTest.HISTORY, 15);
        return shop;
    }

    /// @param args the database's address, the view's name, and at which call
    static void main(String[] args) {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl(args[0]);
        CutConnections halting =
                new CutConnections(
                        dataSource,
                        Integer.parseInt(args[2]),
                        false,
                        () -> Runtime.getRuntime().halt(HALTED));
        ReadModel.runToEnd(
                new ReadModel(halting.dataSource())
                        .runner(history().log, args[1], ExactlyOnceTest.BATCH));
    }
}
