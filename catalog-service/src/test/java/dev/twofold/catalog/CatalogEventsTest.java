package dev.twofold.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.EventTypes;
import dev.twofold.Metadata;
import dev.twofold.NewEvent;
import dev.twofold.RecordedEvent;
import dev.twofold.catalog.brand.BrandEvent;
import dev.twofold.catalog.brand.BrandEvent.BrandCreated;
import dev.twofold.catalog.brand.BrandEvent.BrandRenamed;
import dev.twofold.catalog.category.CategoryEvent;
import dev.twofold.catalog.category.CategoryEvent.CategoryCreated;
import dev.twofold.catalog.category.CategoryEvent.CategoryRenamed;
import dev.twofold.catalog.product.Money;
import dev.twofold.catalog.product.ProductDetails;
import dev.twofold.catalog.product.ProductEvent;
import dev.twofold.catalog.product.ProductEvent.AttributesChanged;
import dev.twofold.catalog.product.ProductEvent.BrandAssigned;
import dev.twofold.catalog.product.ProductEvent.CategoryAssigned;
import dev.twofold.catalog.product.ProductEvent.PriceChanged;
import dev.twofold.catalog.product.ProductEvent.ProductCreated;
import dev.twofold.catalog.product.ProductEvent.ProductDescribed;
import dev.twofold.catalog.product.ProductEvent.ProductDiscontinued;
import dev.twofold.catalog.product.ProductEvent.ProductRenamed;
import dev.twofold.catalog.product.ProductEvent.StockAdjusted;
import dev.twofold.catalog.review.ReviewEvent;
import dev.twofold.catalog.review.ReviewEvent.ReviewSubmitted;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.testkit.GoldenEvents;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CatalogEventsTest {
    private static final Money PRICE = Money.parse("220.00 INR");
    private static final Money SALE_PRICE = Money.parse("199.50 INR");
    private static final List<CatalogEvent> ONE_OF_EACH =
            List.of(
                    new ProductCreated(
                            "p1",
                            "K-1",
                            new ProductDetails(
                                    "Kettle",
                                    "Whistles.",
                                    PRICE,
                                    SALE_PRICE,
                                    5,
                                    "acme",
                                    "kitchen",
                                    Map.of("gtin", "4006381333931", "condition", "new"))),
                    new ProductRenamed("p1", "Tea kettle"),
                    new ProductDescribed("p1", null),
                    new PriceChanged("p1", PRICE, null),
                    new StockAdjusted("p1", -2, 3),
                    new BrandAssigned("p1", "acme"),
                    new CategoryAssigned("p1", null),
                    new AttributesChanged("p1", Map.of("link", "https://shop.example/p1")),
                    new ProductDiscontinued("p1"),
                    new BrandCreated("acme", "Acme"),
                    new BrandRenamed("acme", "ACME"),
                    new CategoryCreated("kitchen.kettles", "kitchen", "Kettles"),
                    new CategoryRenamed("kitchen", "Kitchen & Table"),
                    new ReviewSubmitted("p1", "ann", 4, "It does whistle."));

    private final EventTypes<CatalogEvent> types = CatalogEvents.types(new JacksonCodec());

    @Test
    void every_record_of_every_slice_has_a_stored_name() {
        Set<Class<?>> sealed =
                Stream.of(
                                ProductEvent.class,
                                BrandEvent.class,
                                CategoryEvent.class,
                                ReviewEvent.class)
                        .flatMap(family -> Stream.of(family.getPermittedSubclasses()))
                        .collect(Collectors.toSet());
        assertThat(ONE_OF_EACH.stream().map(Object::getClass).collect(Collectors.toSet()))
                .isEqualTo(sealed);
        assertThat(ONE_OF_EACH).allSatisfy(event -> types.encode(event, Metadata.none()));
    }

    /// A stored form never changes: what to do when a record does, this says when it fails.
    @Test
    void stored_events_of_every_revision_still_load() {
        GoldenEvents.of(types).check(ONE_OF_EACH);
    }

    @Test
    void each_event_has_the_stream_and_tags_that_conditions_look_for() {
        assertThat(
                        ONE_OF_EACH.stream()
                                .map(event -> types.encode(event, Metadata.none()))
                                .map(e -> "%s: %s %s".formatted(e.type(), e.stream(), e.tags())))
                .containsExactly(
                        "product-created: product-p1 [sku:K-1]",
                        "product-renamed: product-p1 []",
                        "product-described: product-p1 []",
                        "price-changed: product-p1 []",
                        "stock-adjusted: product-p1 []",
                        "brand-assigned: product-p1 []",
                        "category-assigned: product-p1 []",
                        "attributes-changed: product-p1 []",
                        "product-discontinued: product-p1 []",
                        "brand-created: brand-acme []",
                        "brand-renamed: brand-acme []",
                        "category-created: category-kitchen.kettles []",
                        "category-renamed: category-kitchen []",
                        "review-submitted: review-2-p1-ann [reviewed:p1]");
    }

    @Test
    void events_come_back_as_they_were() {
        for (CatalogEvent event : ONE_OF_EACH) {
            assertThat(types.decode(recorded(types.encode(event, Metadata.none()))))
                    .containsExactly(event);
        }
    }

    @Test
    void reviews_of_different_products_never_share_a_stream() {
        assertThat(CatalogEvents.reviewStream("a", "b-c"))
                .isNotEqualTo(CatalogEvents.reviewStream("a-b", "c"));
    }

    private static RecordedEvent recorded(NewEvent event) {
        return new RecordedEvent(
                1,
                event.id(),
                event.stream(),
                1,
                event.type(),
                event.revision(),
                event.data(),
                event.tags(),
                event.metadata(),
                Instant.EPOCH);
    }
}
