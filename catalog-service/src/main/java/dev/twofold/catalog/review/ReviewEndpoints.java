package dev.twofold.catalog.review;

import dev.twofold.catalog.http.CommandAnswers;
import dev.twofold.catalog.http.CommandAnswers.Subject;
import dev.twofold.catalog.http.CommandRequest;
import dev.twofold.catalog.http.Problem;
import dev.twofold.catalog.http.ViewQuery;
import dev.twofold.catalog.review.ReviewCommand.SubmitReview;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/// Reviews over HTTP.
@RestController
final class ReviewEndpoints {
    private final Reviews reviews;
    private final CommandAnswers answers;
    private final ViewQuery<?> pages;

    ReviewEndpoints(
            Reviews reviews,
            CommandAnswers answers,
            @Qualifier("productPageQuery") ViewQuery<?> pages) {
        this.reviews = reviews;
        this.answers = answers;
        this.pages = pages;
    }

    /// @param rating 1 to 5
    record Submission(String customerId, int rating, @Nullable String text) {}

    @PostMapping("/products/{productId}/reviews")
    ResponseEntity<?> submit(
            @PathVariable String productId, @RequestBody Submission body, CommandRequest request) {
        request.ifMatch().refused();
        SubmitReview command = new SubmitReview(productId, body.customerId, body.rating, body.text);
        Subject subject =
                new Subject(
                        "productId",
                        "/products",
                        "The review is taken in",
                        false,
                        (id, freshness) -> pages.find("product", id, freshness));
        return answers.answer(
                request,
                subject,
                once -> reviews.handle(command, request.metadata(), once),
                _ -> productId,
                ReviewEndpoints::problem);
    }

    private static Problem problem(ReviewRefusal refusal) {
        return switch (refusal) {
            case ReviewRefusal.InvalidValue r ->
                    CommandAnswers.refused(r, HttpStatus.UNPROCESSABLE_CONTENT, "invalid-value");
            case ReviewRefusal.UnknownProduct r ->
                    CommandAnswers.refused(r, HttpStatus.NOT_FOUND, "unknown-product");
            case ReviewRefusal.NoLongerSold r ->
                    CommandAnswers.refused(r, HttpStatus.CONFLICT, "no-longer-sold");
            case ReviewRefusal.AlreadyReviewed r ->
                    CommandAnswers.refused(r, HttpStatus.CONFLICT, "already-reviewed");
        };
    }
}
