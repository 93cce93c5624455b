package dev.twofold.catalog.review;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.EventTypes;
import dev.twofold.InMemoryEventStore;
import dev.twofold.Interceptor;
import dev.twofold.Metadata;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.CatalogEvents;
import dev.twofold.catalog.product.Money;
import dev.twofold.catalog.product.ProductCommand.CreateProduct;
import dev.twofold.catalog.product.ProductCommand.DiscontinueProduct;
import dev.twofold.catalog.product.ProductDetails;
import dev.twofold.catalog.product.Products;
import dev.twofold.catalog.review.ReviewCommand.SubmitReview;
import dev.twofold.catalog.review.ReviewRefusal.AlreadyReviewed;
import dev.twofold.catalog.review.ReviewRefusal.NoLongerSold;
import dev.twofold.catalog.review.ReviewRefusal.UnknownProduct;
import dev.twofold.jackson.JacksonCodec;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReviewsTest {
    private static final Interceptor NOTHING = Interceptor.all(List.of());

    private final InMemoryEventStore store = new InMemoryEventStore(Clock.systemUTC());
    private final EventTypes<CatalogEvent> types = CatalogEvents.types(new JacksonCodec());
    private final Products products = new Products(store, types, _ -> true, _ -> true, NOTHING);
    private final Reviews reviews = new Reviews(store, types, NOTHING);

    @Test
    void takes_one_review_of_each_customer_and_product() {
        create("p1");
        create("p2");
        assertThat(submit("p1", "ann", 5)).isInstanceOf(Accepted.class);
        assertThat(submit("p1", "bob", 1)).isInstanceOf(Accepted.class);
        assertThat(submit("p2", "ann", 3)).isInstanceOf(Accepted.class);
        assertThat(reason(submit("p1", "ann", 4))).isEqualTo(new AlreadyReviewed("ann"));
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, 0, 6})
    void refuses_a_rating_beyond_1_to_5(int rating) {
        create("p1");
        ReviewRefusal refusal = reason(submit("p1", "ann", rating));
        assertThat(refusal.field()).isEqualTo("rating");
        assertThat(refusal.value()).isEqualTo(Integer.toString(rating));
    }

    @Test
    void refuses_a_review_of_no_product() {
        assertThat(reason(submit("p1", "ann", 5))).isEqualTo(new UnknownProduct("p1"));
    }

    @Test
    void refuses_a_review_of_a_product_no_longer_sold() {
        create("p1");
        products.handle(new DiscontinueProduct("p1"), Metadata.none());
        assertThat(reason(submit("p1", "ann", 5))).isEqualTo(new NoLongerSold("p1"));
    }

    @Test
    void refuses_a_customer_without_an_id() {
        create("p1");
        assertThat(reason(submit("p1", " ", 5)).field()).isEqualTo("customerId");
    }

    private void create(String id) {
        ProductDetails details = ProductDetails.of("Kettle", Money.parse("24.90 EUR"), 5);
        products.handle(new CreateProduct(id, "sku of " + id, details), Metadata.none());
    }

    private CommandOutcome<ReviewState, ReviewRefusal> submit(
            String productId, String customerId, int rating) {
        return reviews.handle(
                new SubmitReview(productId, customerId, rating, null), Metadata.none());
    }

    private static ReviewRefusal reason(CommandOutcome<ReviewState, ReviewRefusal> outcome) {
        assertThat(outcome).isInstanceOf(Refused.class);
        return ((Refused<ReviewState, ReviewRefusal>) outcome).reason();
    }
}
