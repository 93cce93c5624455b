package dev.twofold.catalog.review;

import dev.twofold.CommandHandler;
import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.Decision.Accept;
import dev.twofold.Decision.Refuse;
import dev.twofold.EventSourcedHandler;
import dev.twofold.EventStore;
import dev.twofold.EventTypes;
import dev.twofold.Interceptor;
import dev.twofold.Metadata;
import dev.twofold.Query;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.CatalogEvents;
import dev.twofold.catalog.Once;
import dev.twofold.catalog.StateCache;
import dev.twofold.catalog.review.ReviewCommand.SubmitReview;
import dev.twofold.catalog.review.ReviewRefusal.InvalidValue;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Carries out commands for reviews. Safe for use by many threads.
public final class Reviews implements CommandHandler<ReviewCommand, ReviewState, ReviewRefusal> {
    private static final long CACHE_BYTES = 16L << 20;

    /// A state has no fields.
    private static final long STATE_BYTES = 16;

    private final EventSourcedHandler<ReviewCommand, ReviewState, CatalogEvent, ReviewRefusal>
            handler;
    private final Interceptor around;

    /// @param around every command
    public Reviews(EventStore store, EventTypes<CatalogEvent> types, Interceptor around) {
        this.around = around;
        this.handler =
                new EventSourcedHandler<>(store, types, new ReviewDecider(), Reviews::boundary)
                        .cachingIn(StateCache.create(CACHE_BYTES, _ -> STATE_BYTES));
    }

    @Override
    public CommandOutcome<ReviewState, ReviewRefusal> handle(
            ReviewCommand command, Metadata metadata) {
        return handle(command, metadata, null);
    }

    /// @param once null if the command may be done as often as it is sent
    CommandOutcome<ReviewState, ReviewRefusal> handle(
            ReviewCommand command, Metadata metadata, @Nullable Once<ReviewRefusal> once) {
        return around.<ReviewCommand, ReviewState, ReviewRefusal>around(
                        (review, traced) -> carryOut(review, traced, once))
                .handle(command, metadata);
    }

    private CommandOutcome<ReviewState, ReviewRefusal> carryOut(
            ReviewCommand command, Metadata metadata, @Nullable Once<ReviewRefusal> once) {
        Optional<ReviewRefusal> fault = check(command);
        if (fault.isPresent()) {
            return new Refused<>(fault.get(), 0);
        }
        String productId =
                switch (command) {
                    case SubmitReview review -> review.productId();
                };
        CommandHandler<ReviewCommand, ReviewState, ReviewRefusal> chosen =
                once == null
                        ? handler
                        : handler.once(
                                once.key(),
                                decision ->
                                        switch (decision) {
                                            case Accept<?, ReviewRefusal>(var events) ->
                                                    once.accepted(productId, events.size());
                                            case Refuse<?, ReviewRefusal>(var reason) ->
                                                    once.refused(reason);
                                        });
        return chosen.handle(command, metadata);
    }

    private static Optional<ReviewRefusal> check(ReviewCommand command) {
        return switch (command) {
            case SubmitReview review ->
                    check("productId", review.productId())
                            .or(() -> check("customerId", review.customerId()));
        };
    }

    private static Optional<ReviewRefusal> check(String field, String value) {
        return ReviewDecider.ID.fault(value).map(fault -> new InvalidValue(field, value, fault));
    }

    /// Whether the product is there and sold, and what the customer has said of it: not its price
    /// or stock, so that a review is not held up by those.
    static Query boundary(ReviewCommand command) {
        return switch (command) {
            case SubmitReview(var productId, var customerId, _, _) ->
                    new Query(
                                    List.of(
                                            new Query.Item(
                                                    CatalogEvents.productStream(productId),
                                                    Set.of(
                                                            "product-created",
                                                            "product-discontinued"),
                                                    Set.of())))
                            .or(Query.stream(CatalogEvents.reviewStream(productId, customerId)));
        };
    }
}
