package dev.twofold.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/// Has several threads do the same thing at once, to see who wins.
public final class Race {
    private Race() {}

    /// Runs a task in so many threads, which start together, and returns what each made.
    ///
    /// @param task gets the number of its thread, from 0
    /// @throws ExecutionException if a task failed
    public static <T> List<T> run(int threads, IntFunction<T> task)
            throws InterruptedException, ExecutionException {
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Callable<T>> tasks = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int number = i;
            tasks.add(
                    () -> {
                        start.await(30, TimeUnit.SECONDS);
                        return task.apply(number);
                    });
        }
        List<T> results = new ArrayList<>();
        try (ExecutorService executor = Executors.newCachedThreadPool()) {
            for (Future<T> future : executor.invokeAll(tasks)) {
                results.add(future.get());
            }
        }
        return results;
    }
}
