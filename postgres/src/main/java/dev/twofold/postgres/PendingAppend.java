package dev.twofold.postgres;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/// An append on its way, and the place where its outcome is waited for.
final class PendingAppend {
    private final Append append;
    private final long length;
    private final CompletableFuture<Supplier<AppendOutcome>> outcome = new CompletableFuture<>();

    PendingAppend(Append append) {
        this.append = append;
        this.length = append.events().stream().mapToLong(event -> event.data().length()).sum();
    }

    Append append() {
        return append;
    }

    /// Characters of data.
    long length() {
        return length;
    }

    /// Hands over the outcome, or what throws in the place where it is waited for.
    void settle(Supplier<AppendOutcome> result) {
        outcome.complete(result);
    }

    AppendOutcome await() throws InterruptedException {
        try {
            return outcome.get().get();
        } catch (ExecutionException e) {
            throw new AssertionError("an append is settled with what throws, never failed", e);
        }
    }

    AppendOutcome awaitUninterruptibly() {
        return outcome.join().get();
    }
}
