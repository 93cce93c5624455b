package dev.twofold.catalog.review;

import dev.twofold.Metadata;
import dev.twofold.catalog.http.CommandAnswers;
import dev.twofold.catalog.http.CommandAnswers.Subject;
import dev.twofold.catalog.http.Problem;
import dev.twofold.catalog.review.ReviewCommand.SubmitReview;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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

    ReviewEndpoints(Reviews reviews, CommandAnswers answers) {
        this.reviews = reviews;
        this.answers = answers;
    }

    /// @param rating 1 to 5
    record Submission(String customerId, int rating, @Nullable String text) {}

    @PostMapping("/products/{productId}/reviews")
    ResponseEntity<Map<String, String>> submit(
            @PathVariable String productId, @RequestBody Submission body, Metadata metadata) {
        SubmitReview command = new SubmitReview(productId, body.customerId, body.rating, body.text);
        return answers.answer(
                reviews.handle(command, metadata),
                _ -> new Subject("productId", productId, "/products", "The review is taken in"),
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
