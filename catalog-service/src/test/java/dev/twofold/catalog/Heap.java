package dev.twofold.catalog;

import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.util.function.Supplier;

/// What things take of the heap.
public final class Heap {
    private Heap() {}

    /// The bytes that are taken by what the supplier makes, and by nothing else once it is gone.
    ///
    /// Exact to some hundred kilobytes, so let it make tens of megabytes.
    public static long taken(Supplier<?> supplier) {
        long before = used();
        Object made = supplier.get();
        try {
            return used() - before;
        } finally {
            Reference.reachabilityFence(made);
        }
    }

    private static long used() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
