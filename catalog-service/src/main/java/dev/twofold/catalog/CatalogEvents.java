package dev.twofold.catalog;

import dev.twofold.Codec;
import dev.twofold.EventTypes;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import dev.twofold.catalog.brand.BrandEvent;
import dev.twofold.catalog.brand.BrandEvent.BrandCreated;
import dev.twofold.catalog.brand.BrandEvent.BrandRenamed;
import dev.twofold.catalog.category.CategoryEvent;
import dev.twofold.catalog.category.CategoryEvent.CategoryCreated;
import dev.twofold.catalog.category.CategoryEvent.CategoryRenamed;
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
import java.util.Set;

/// How the catalog's events are stored: under which name, in which stream, with which tags.
public final class CatalogEvents {
    private CatalogEvents() {}

    public static EventTypes<CatalogEvent> types(Codec codec) {
        return EventTypes.builder(CatalogEvent.class, codec)
                .event("product-created", 1, ProductCreated.class)
                .event("product-renamed", 1, ProductRenamed.class)
                .event("product-described", 1, ProductDescribed.class)
                .event("price-changed", 1, PriceChanged.class)
                .event("stock-adjusted", 1, StockAdjusted.class)
                .event("brand-assigned", 1, BrandAssigned.class)
                .event("category-assigned", 1, CategoryAssigned.class)
                .event("attributes-changed", 1, AttributesChanged.class)
                .event("product-discontinued", 1, ProductDiscontinued.class)
                .event("brand-created", 1, BrandCreated.class)
                .event("brand-renamed", 1, BrandRenamed.class)
                .event("category-created", 1, CategoryCreated.class)
                .event("category-renamed", 1, CategoryRenamed.class)
                .event("review-submitted", 1, ReviewSubmitted.class)
                .stream(CatalogEvents::stream)
                .tags(CatalogEvents::tags)
                .wholeLog()
                .build();
    }

    public static StreamId productStream(String productId) {
        return new StreamId("product", productId);
    }

    /// One stream for each customer and product. The length tells where the product's id ends, as
    /// either id may have hyphens.
    public static StreamId reviewStream(String productId, String customerId) {
        return new StreamId(
                "review", "%d-%s-%s".formatted(productId.length(), productId, customerId));
    }

    /// On the creation of the product that has the SKU.
    public static Tag skuTag(String sku) {
        return new Tag("sku", sku);
    }

    public static StreamId brandStream(String brandId) {
        return new StreamId("brand", brandId);
    }

    public static StreamId categoryStream(String categoryId) {
        return new StreamId("category", categoryId);
    }

    /// On each review of the product.
    public static Tag reviewedTag(String productId) {
        return new Tag("reviewed", productId);
    }

    private static StreamId stream(CatalogEvent event) {
        return switch (event) {
            case ProductEvent product -> productStream(product.productId());
            case BrandEvent brand -> brandStream(brand.brandId());
            case CategoryEvent category -> categoryStream(category.categoryId());
            case ReviewEvent review ->
                    switch (review) {
                        case ReviewSubmitted r -> reviewStream(r.productId(), r.customerId());
                    };
            default -> throw new IllegalArgumentException("no stream is known for " + event);
        };
    }

    private static Set<Tag> tags(CatalogEvent event) {
        return switch (event) {
            case ProductCreated created -> Set.of(skuTag(created.sku()));
            case ReviewSubmitted review -> Set.of(reviewedTag(review.productId()));
            default -> Set.of();
        };
    }
}
