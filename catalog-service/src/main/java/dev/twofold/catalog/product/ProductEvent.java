package dev.twofold.catalog.product;

import dev.twofold.catalog.CatalogEvent;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What happened to a product.
public sealed interface ProductEvent extends CatalogEvent {

    String productId();

    record ProductCreated(String productId, String sku, ProductDetails details)
            implements ProductEvent {}

    record ProductRenamed(String productId, String name) implements ProductEvent {}

    record ProductDescribed(String productId, @Nullable String description)
            implements ProductEvent {}

    /// The regular price and the sale price from now on; a null sale price means not on sale.
    record PriceChanged(String productId, Money price, @Nullable Money salePrice)
            implements ProductEvent {}

    /// The stock changed by `by` and is `stock` from now on.
    record StockAdjusted(String productId, int by, int stock) implements ProductEvent {}

    record BrandAssigned(String productId, @Nullable String brandId) implements ProductEvent {}

    record CategoryAssigned(String productId, @Nullable String categoryId)
            implements ProductEvent {}

    /// All attributes from now on.
    record AttributesChanged(String productId, Map<String, String> attributes)
            implements ProductEvent {
        public AttributesChanged {
            attributes = Map.copyOf(attributes);
        }
    }

    record ProductDiscontinued(String productId) implements ProductEvent {}
}
