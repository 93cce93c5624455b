package dev.twofold.catalog.review;

import dev.twofold.Decider;
import dev.twofold.Decision;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.TextRule;
import dev.twofold.catalog.product.ProductEvent.ProductCreated;
import dev.twofold.catalog.product.ProductEvent.ProductDiscontinued;
import dev.twofold.catalog.review.ReviewCommand.SubmitReview;
import dev.twofold.catalog.review.ReviewEvent.ReviewSubmitted;
import dev.twofold.catalog.review.ReviewRefusal.AlreadyReviewed;
import dev.twofold.catalog.review.ReviewRefusal.InvalidValue;
import dev.twofold.catalog.review.ReviewRefusal.NoLongerSold;
import dev.twofold.catalog.review.ReviewRefusal.UnknownProduct;
import dev.twofold.catalog.review.ReviewState.Closed;
import dev.twofold.catalog.review.ReviewState.NoProduct;
import dev.twofold.catalog.review.ReviewState.Open;
import dev.twofold.catalog.review.ReviewState.Reviewed;
import java.util.Optional;

/// The rules of a review: of a product that is sold, 1 to 5, one for each customer and product.
public final class ReviewDecider
        implements Decider<ReviewCommand, ReviewState, CatalogEvent, ReviewRefusal> {
    static final TextRule ID = TextRule.line(100);
    private static final TextRule TEXT = TextRule.lines(5_000);

    @Override
    public ReviewState initial() {
        return new NoProduct();
    }

    @Override
    public Decision<CatalogEvent, ReviewRefusal> decide(ReviewCommand command, ReviewState state) {
        return switch (command) {
            case SubmitReview review -> submit(review, state);
        };
    }

    private static Decision<CatalogEvent, ReviewRefusal> submit(
            SubmitReview review, ReviewState state) {
        Optional<ReviewRefusal> fault = check(review);
        if (fault.isPresent()) {
            return Decision.refuse(fault.get());
        }
        return switch (state) {
            case NoProduct _ -> Decision.refuse(new UnknownProduct(review.productId()));
            case Closed _ -> Decision.refuse(new NoLongerSold(review.productId()));
            case Reviewed _ -> Decision.refuse(new AlreadyReviewed(review.customerId()));
            case Open _ ->
                    Decision.accept(
                            new ReviewSubmitted(
                                    review.productId(),
                                    review.customerId(),
                                    review.rating(),
                                    review.text()));
        };
    }

    private static Optional<ReviewRefusal> check(SubmitReview review) {
        if (review.rating() < 1 || review.rating() > 5) {
            return Optional.of(
                    new InvalidValue(
                            "rating", Integer.toString(review.rating()), "a rating is 1 to 5"));
        }
        String text = review.text();
        return text == null
                ? Optional.empty()
                : TEXT.fault(text).map(fault -> new InvalidValue("text", text, fault));
    }

    @Override
    public ReviewState evolve(ReviewState state, CatalogEvent event) {
        return switch (event) {
            case ProductCreated _ -> new Open();
            case ReviewSubmitted _ -> new Reviewed();
            case ProductDiscontinued _ -> state instanceof Reviewed ? state : new Closed();
            default -> state; // CatalogEvent is open, and the boundary holds no other events
        };
    }
}
