package dev.twofold.catalog.feed;

import dev.twofold.EventStoreException;
import dev.twofold.catalog.feed.FeedRow.Bad;
import dev.twofold.catalog.feed.FeedRow.Good;
import dev.twofold.catalog.feed.FeedTarget.Result;
import dev.twofold.catalog.feed.SeenLines.First;
import dev.twofold.catalog.product.ProductDetails;
import dev.twofold.catalog.product.ProductState;
import dev.twofold.catalog.product.ProductState.Unknown;
import dev.twofold.catalog.product.Products;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// One pass through a feed. Not safe for use by many threads.
final class FeedRun {
    private static final int CHUNK = 500;
    private static final int PART = 100;

    private final FeedReader reader;
    private final SeenLines seen;
    private final Products products;
    private final FeedTarget target;
    private final FeedListener listener;
    private long lines;
    private long created;
    private long changed;
    private long unchanged;
    private long duplicates;
    private long rejected;
    private long events;

    FeedRun(
            FeedReader reader,
            SeenLines seen,
            Products products,
            FeedTarget target,
            FeedListener listener) {
        this.reader = reader;
        this.seen = seen;
        this.products = products;
        this.target = target;
        this.listener = listener;
    }

    FeedCounts run() throws IOException, InterruptedException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            boolean more = true;
            while (more) {
                List<FeedItem> items = new ArrayList<>(CHUNK);
                more = read(items);
                List<FeedItem> firsts = items.isEmpty() ? items : firsts(items);
                if (!firsts.isEmpty()) {
                    accept(firsts, threads);
                }
                listener.progress(counts());
            }
        } catch (EventStoreException e) {
            throw new FeedException(
                    "the import was broken off after about %,d lines; import the feed again to complete it: %s"
                            .formatted(lines, e.getMessage()),
                    e);
        }
        return counts();
    }

    /// Reads up to a chunk of rows; false at the end of the file.
    private boolean read(List<FeedItem> items) throws IOException {
        for (int i = 0; i < CHUNK; i++) {
            switch (reader.next()) {
                case null -> {
                    return false;
                }
                case Bad(var problem) -> reject(problem);
                case Good(var item, var remarks) -> {
                    remarks.forEach(listener::problem);
                    items.add(item);
                }
            }
        }
        return true;
    }

    /// Those that are the first to state their product.
    private List<FeedItem> firsts(List<FeedItem> items) {
        Map<String, First> known = seen.add(items);
        List<FeedItem> firsts = new ArrayList<>(items.size());
        for (FeedItem item : items) {
            First first = known.get(item.sku());
            if (first == null || first.line() == item.line()) {
                firsts.add(item);
            } else if (first.content().equals(SeenLines.content(item))) {
                lines++;
                duplicates++;
            } else {
                reject(
                        FeedProblem.rejected(
                                item.line(),
                                "id",
                                item.sku(),
                                "line %d has the same id and states something else; that one counts"
                                        .formatted(first.line())));
            }
        }
        return firsts;
    }

    private void accept(List<FeedItem> items, ExecutorService threads) throws InterruptedException {
        Set<String> brandNames = new LinkedHashSet<>();
        Set<List<String>> paths = new LinkedHashSet<>();
        for (FeedItem item : items) {
            if (item.brand() != null) {
                brandNames.add(item.brand());
            }
            if (!item.category().isEmpty()) {
                paths.add(item.category());
            }
        }
        Map<String, String> brands = target.brands(brandNames);
        Map<List<String>, String> categories = new HashMap<>();
        parts(List.copyOf(paths)).forEach(part -> categories.putAll(target.categories(part)));
        Map<String, ProductState> states = new HashMap<>();
        parts(items.stream().map(FeedItem::sku).toList())
                .forEach(part -> states.putAll(products.statesBySku(part)));

        List<Callable<Result>> tasks = new ArrayList<>(items.size());
        for (FeedItem item : items) {
            ProductDetails details =
                    item.details()
                            .withBrand(item.brand() == null ? null : brands.get(item.brand()))
                            .withCategory(categories.get(item.category()));
            ProductState state = states.getOrDefault(item.sku(), new Unknown());
            tasks.add(() -> target.accept(item, details, state));
        }
        for (Future<Result> future : threads.invokeAll(tasks)) {
            count(result(future));
        }
    }

    private static Result result(Future<Result> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case InterruptedException cause -> throw cause;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    private void count(Result result) {
        switch (result) {
            case Result.Created _ -> {
                lines++;
                created++;
                events++;
            }
            case Result.Revised(var recorded) -> {
                lines++;
                changed += recorded > 0 ? 1 : 0;
                unchanged += recorded > 0 ? 0 : 1;
                events += recorded;
            }
            case Result.Rejected(var problem) -> reject(problem);
        }
    }

    private void reject(FeedProblem problem) {
        lines++;
        rejected++;
        listener.problem(problem);
    }

    private FeedCounts counts() {
        return new FeedCounts(
                reader.bytesRead(),
                lines,
                created,
                changed,
                unchanged,
                duplicates,
                rejected,
                events);
    }

    private static <T> List<List<T>> parts(List<T> all) {
        List<List<T>> parts = new ArrayList<>();
        for (int i = 0; i < all.size(); i += PART) {
            parts.add(all.subList(i, Math.min(all.size(), i + PART)));
        }
        return parts;
    }
}
