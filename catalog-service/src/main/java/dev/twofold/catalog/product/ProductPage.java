package dev.twofold.catalog.product;

import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.brand.BrandEvent.BrandRenamed;
import dev.twofold.catalog.brand.BrandName;
import dev.twofold.catalog.category.CategoryEvent.CategoryRenamed;
import dev.twofold.catalog.category.CategoryPath;
import dev.twofold.catalog.product.ProductEvent.AttributesChanged;
import dev.twofold.catalog.product.ProductEvent.BrandAssigned;
import dev.twofold.catalog.product.ProductEvent.CategoryAssigned;
import dev.twofold.catalog.product.ProductEvent.PriceChanged;
import dev.twofold.catalog.product.ProductEvent.ProductCreated;
import dev.twofold.catalog.product.ProductEvent.ProductDescribed;
import dev.twofold.catalog.product.ProductEvent.ProductDiscontinued;
import dev.twofold.catalog.product.ProductEvent.ProductRenamed;
import dev.twofold.catalog.product.ProductEvent.StockAdjusted;
import dev.twofold.catalog.review.ReviewEvent.ReviewSubmitted;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.Collections;
import java.util.Currency;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// All there is to show of a product, in one document.
///
/// @param categoryPath from the top down to the product's category
/// @param averageRating with two decimals; null without reviews
/// @param ratingTotal the sum of all ratings
/// @param version that of the product's stream: it counts the product's own events, not those of
///   its brand, its category or its reviews
public record ProductPage(
        String id,
        String sku,
        String name,
        @Nullable String description,
        BigDecimal price,
        String currency,
        String formattedPrice,
        @Nullable BigDecimal salePrice,
        @Nullable String formattedSalePrice,
        int stock,
        boolean inStock,
        @Nullable String brandId,
        @Nullable String brandName,
        @Nullable String categoryId,
        @Nullable String categoryName,
        List<CategoryPath.Step> categoryPath,
        @Nullable BigDecimal averageRating,
        int reviewCount,
        long ratingTotal,
        Map<String, String> attributes,
        boolean discontinued,
        Instant createdAt,
        Instant updatedAt,
        long version) {
    public static final View<CatalogEvent, ProductPage> VIEW = new Fold();

    public ProductPage {
        categoryPath = List.copyOf(categoryPath);
        attributes = Collections.unmodifiableMap(new TreeMap<>(attributes));
    }

    /// What a page refers to a brand by, and a category it is in at whatever depth.
    static String brandReference(String brandId) {
        return "brand:" + brandId;
    }

    static String categoryReference(String categoryId) {
        return "category:" + categoryId;
    }

    private static final class Fold implements View<CatalogEvent, ProductPage> {
        @Override
        public String name() {
            return "product-page";
        }

        /// Raised with the columns of its table, too.
        @Override
        public int revision() {
            return 2;
        }

        @Override
        public Class<ProductPage> documentType() {
            return ProductPage.class;
        }

        @Override
        public List<View<CatalogEvent, ?>> lookups() {
            return List.of(BrandName.VIEW, CategoryPath.VIEW);
        }

        @Override
        public Set<String> references(ProductPage page) {
            Set<String> references = new HashSet<>();
            if (page.brandId != null) {
                references.add(brandReference(page.brandId));
            }
            page.categoryPath.forEach(step -> references.add(categoryReference(step.id())));
            return references;
        }

        @Override
        public Keys keys(CatalogEvent event) {
            return switch (event) {
                case ProductCreated(var id, _, var details) ->
                        reading(Keys.of(id), details.brandId(), details.categoryId());
                case BrandAssigned(var id, var brandId) -> reading(Keys.of(id), brandId, null);
                case CategoryAssigned(var id, var categoryId) ->
                        reading(Keys.of(id), null, categoryId);
                case ProductEvent product -> Keys.of(product.productId());
                case ReviewSubmitted review -> Keys.of(review.productId());
                case BrandRenamed(var id, _) -> Keys.none().referring(brandReference(id));
                case CategoryRenamed(var id, _) -> Keys.none().referring(categoryReference(id));
                default -> Keys.none();
            };
        }

        private static Keys reading(
                Keys keys, @Nullable String brandId, @Nullable String categoryId) {
            Keys brand = brandId == null ? keys : keys.reading(BrandName.VIEW, brandId);
            return categoryId == null ? brand : brand.reading(CategoryPath.VIEW, categoryId);
        }

        @Override
        public @Nullable ProductPage fold(
                String key,
                @Nullable ProductPage page,
                Recorded<CatalogEvent> recorded,
                Lookup lookup) {
            if (recorded.event() instanceof ProductCreated created) {
                return new Draft(created, recorded.recordedAt(), lookup).page(recorded);
            }
            if (page == null) {
                throw new IllegalStateException(
                        "the log has no creation of product \"%s\" before this".formatted(key));
            }
            Draft draft = new Draft(page);
            switch (recorded.event()) {
                case ProductEvent event -> draft.apply(event, lookup);
                case ReviewSubmitted review -> draft.rate(review.rating());
                case BrandRenamed(_, var name) -> draft.brandName = name;
                case CategoryRenamed(var id, var name) ->
                        draft.categoryPath = draft.categoryPath.renamed(id, name);
                default ->
                        throw new IllegalArgumentException(
                                recorded.event() + " concerns no product page");
            }
            return draft.page(recorded);
        }
    }

    /// A page while an event is folded into it.
    private static final class Draft {
        private static final CategoryPath NOWHERE = new CategoryPath(List.of());

        private final String id;
        private final String sku;
        private final Instant createdAt;
        private String name;
        private @Nullable String description;
        private Money price;
        private @Nullable Money salePrice;
        private int stock;
        private @Nullable String brandId;
        private @Nullable String brandName;
        private CategoryPath categoryPath;
        private int reviewCount;
        private long ratingTotal;
        private Map<String, String> attributes;
        private boolean discontinued;
        private long version;

        Draft(ProductCreated created, Instant createdAt, View.Lookup lookup) {
            ProductDetails details = created.details();
            this.id = created.productId();
            this.sku = created.sku();
            this.createdAt = createdAt;
            this.name = details.name();
            this.description = details.description();
            this.price = details.price();
            this.salePrice = details.salePrice();
            this.stock = details.stock();
            this.brandId = details.brandId();
            this.brandName = brandName(brandId, lookup);
            this.categoryPath = categoryPath(details.categoryId(), lookup);
            this.attributes = details.attributes();
        }

        Draft(ProductPage page) {
            this.id = page.id;
            this.sku = page.sku;
            this.createdAt = page.createdAt;
            this.name = page.name;
            this.description = page.description;
            this.price = new Money(page.price, Currency.getInstance(page.currency));
            this.salePrice =
                    page.salePrice == null ? null : new Money(page.salePrice, price.currency());
            this.stock = page.stock;
            this.brandId = page.brandId;
            this.brandName = page.brandName;
            this.categoryPath = new CategoryPath(page.categoryPath);
            this.reviewCount = page.reviewCount;
            this.ratingTotal = page.ratingTotal;
            this.attributes = page.attributes;
            this.discontinued = page.discontinued;
            this.version = page.version;
        }

        void apply(ProductEvent event, View.Lookup lookup) {
            switch (event) {
                case ProductCreated _ ->
                        throw new IllegalStateException("a product is created once");
                case ProductRenamed(_, var newName) -> name = newName;
                case ProductDescribed(_, var text) -> description = text;
                case PriceChanged(_, var newPrice, var newSalePrice) -> {
                    price = newPrice;
                    salePrice = newSalePrice;
                }
                case StockAdjusted(_, _, var newStock) -> stock = newStock;
                case BrandAssigned(_, var newBrandId) -> {
                    brandId = newBrandId;
                    brandName = brandName(newBrandId, lookup);
                }
                case CategoryAssigned(_, var categoryId) ->
                        categoryPath = categoryPath(categoryId, lookup);
                case AttributesChanged(_, var newAttributes) -> attributes = newAttributes;
                case ProductDiscontinued _ -> discontinued = true;
            }
        }

        void rate(int rating) {
            reviewCount++;
            ratingTotal += rating;
        }

        ProductPage page(Recorded<CatalogEvent> recorded) {
            CategoryPath.Step category =
                    categoryPath.steps().isEmpty() ? null : categoryPath.steps().getLast();
            return new ProductPage(
                    id,
                    sku,
                    name,
                    description,
                    price.amount(),
                    price.currency().getCurrencyCode(),
                    price.formatted(),
                    salePrice == null ? null : salePrice.amount(),
                    salePrice == null ? null : salePrice.formatted(),
                    stock,
                    stock > 0 && !discontinued,
                    brandId,
                    brandName,
                    category == null ? null : category.id(),
                    category == null ? null : category.name(),
                    categoryPath.steps(),
                    averageRating(),
                    reviewCount,
                    ratingTotal,
                    attributes,
                    discontinued,
                    createdAt,
                    recorded.recordedAt(),
                    recorded.event() instanceof ProductEvent ? recorded.version() : version);
        }

        private @Nullable BigDecimal averageRating() {
            return reviewCount == 0
                    ? null
                    : BigDecimal.valueOf(ratingTotal)
                            .divide(BigDecimal.valueOf(reviewCount), 2, RoundingMode.HALF_UP);
        }

        private static @Nullable String brandName(@Nullable String brandId, View.Lookup lookup) {
            return brandId == null
                    ? null
                    : lookup.find(BrandName.VIEW, brandId)
                            .orElseThrow(() -> missing("brand", brandId))
                            .name();
        }

        private static CategoryPath categoryPath(@Nullable String categoryId, View.Lookup lookup) {
            return categoryId == null
                    ? NOWHERE
                    : lookup.find(CategoryPath.VIEW, categoryId)
                            .orElseThrow(() -> missing("category", categoryId));
        }

        private static IllegalStateException missing(String what, String id) {
            return new IllegalStateException(
                    "the log has no %s \"%s\" before this".formatted(what, id));
        }
    }
}
