package dev.twofold.catalog.feed;

import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Contended;
import dev.twofold.CommandOutcome.Overloaded;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.CommandOutcome.Repeated;
import dev.twofold.Metadata;
import dev.twofold.UuidV7;
import dev.twofold.catalog.BrokenConstraint;
import dev.twofold.catalog.brand.Brands;
import dev.twofold.catalog.category.Categories;
import dev.twofold.catalog.product.ProductCommand;
import dev.twofold.catalog.product.ProductCommand.CreateProduct;
import dev.twofold.catalog.product.ProductCommand.UpdateProduct;
import dev.twofold.catalog.product.ProductDetails;
import dev.twofold.catalog.product.ProductRefusal;
import dev.twofold.catalog.product.ProductRefusal.SkuTaken;
import dev.twofold.catalog.product.ProductState;
import dev.twofold.catalog.product.ProductState.Discontinued;
import dev.twofold.catalog.product.ProductState.Listed;
import dev.twofold.catalog.product.ProductState.Unknown;
import dev.twofold.catalog.product.Products;
import dev.twofold.postgres.RejectedAppendException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/// Carries lines of a feed out as commands. One that the store has no time for is tried again, for
/// about a minute.
record FeedCommands(Products products, Brands brands, Categories categories, Metadata metadata)
        implements FeedTarget {
    private static final Duration MAX_WAIT = Duration.ofMinutes(1);

    @Override
    public Map<String, String> brands(Collection<String> names) {
        return brands.ensure(names, metadata);
    }

    @Override
    public Map<List<String>, String> categories(Collection<List<String>> paths) {
        return categories.ensure(paths, metadata);
    }

    @Override
    public Result accept(FeedItem item, ProductDetails details, ProductState state)
            throws InterruptedException {
        try {
            return change(item, details, state);
        } catch (RejectedAppendException e) {
            BrokenConstraint broken = BrokenConstraint.of(e).orElseThrow(() -> e);
            return new Result.Rejected(
                    FeedProblem.rejected(item.line(), "", item.sku(), broken.diagnosis()));
        }
    }

    private Result change(FeedItem item, ProductDetails details, ProductState state)
            throws InterruptedException {
        return switch (state) {
            case Unknown _ -> create(item, details);
            case Listed product
                    when item.stated().over(product.details(), details).equals(product.details()) ->
                    new Result.Revised(0);
            case Listed product -> revise(item, details, product.productId());
            case Discontinued product -> revise(item, details, product.productId());
        };
    }

    private Result create(FeedItem item, ProductDetails details) throws InterruptedException {
        CreateProduct command = new CreateProduct(UuidV7.next().toString(), item.sku(), details);
        return switch (handle(command)) {
            case Accepted<ProductState, ProductRefusal> _ -> new Result.Created();
            // someone else created it meanwhile
            case Refused<ProductState, ProductRefusal>(SkuTaken(_, var productId), _) ->
                    revise(item, details, productId);
            case Refused<ProductState, ProductRefusal>(var reason, _) -> rejected(item, reason);
            case Repeated<?, ?> _, Contended<?, ?> _, Overloaded<?, ?> _ -> throw busy(item);
        };
    }

    private Result revise(FeedItem item, ProductDetails details, String productId)
            throws InterruptedException {
        return switch (handle(new UpdateProduct(productId, details, item.stated()))) {
            case Accepted<ProductState, ProductRefusal>(_, _, var events) ->
                    new Result.Revised(events);
            case Refused<ProductState, ProductRefusal>(var reason, _) -> rejected(item, reason);
            case Repeated<?, ?> _, Contended<?, ?> _, Overloaded<?, ?> _ -> throw busy(item);
        };
    }

    private CommandOutcome<ProductState, ProductRefusal> handle(ProductCommand command)
            throws InterruptedException {
        Duration waited = Duration.ZERO;
        CommandOutcome<ProductState, ProductRefusal> outcome = products.handle(command, metadata);
        while (outcome instanceof Overloaded(var retryAfter) && waited.compareTo(MAX_WAIT) < 0) {
            LockSupport.parkNanos(retryAfter.toNanos());
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            waited = waited.plus(retryAfter).plusMillis(1);
            outcome = products.handle(command, metadata);
        }
        return outcome;
    }

    private static Result rejected(FeedItem item, ProductRefusal reason) {
        return new Result.Rejected(FeedReader.problem(item.line(), reason));
    }

    private static FeedException busy(FeedItem item) {
        return new FeedException(
                "the store had no time for line %d within %s; import the feed again to complete it"
                        .formatted(item.line(), MAX_WAIT));
    }
}
