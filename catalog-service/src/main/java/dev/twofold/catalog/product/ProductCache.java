package dev.twofold.catalog.product;

import dev.twofold.Known;
import dev.twofold.Query;
import dev.twofold.catalog.StateCache;
import dev.twofold.catalog.product.ProductState.Discontinued;
import dev.twofold.catalog.product.ProductState.Listed;
import dev.twofold.catalog.product.ProductState.Unknown;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;

/// The states of the products that commands met last.
final class ProductCache {
    static final long MAX_BYTES = 64L << 20;
    private static final int STATE = 250;
    private static final int ATTRIBUTE = 50;

    private ProductCache() {}

    static ConcurrentMap<Query, Known<ProductState>> create() {
        return StateCache.create(MAX_BYTES, ProductCache::bytes);
    }

    /// What a state takes in memory, estimated on the high side.
    static long bytes(ProductState state) {
        return switch (state) {
            case Unknown _ -> STATE;
            case Discontinued discontinued -> STATE + StateCache.bytes(discontinued.productId());
            case Listed listed -> {
                ProductDetails details = listed.details();
                long bytes =
                        STATE
                                + StateCache.bytes(listed.productId())
                                + StateCache.bytes(listed.sku())
                                + StateCache.bytes(details.name())
                                + StateCache.bytes(details.description())
                                + StateCache.bytes(details.brandId())
                                + StateCache.bytes(details.categoryId());
                for (Map.Entry<String, String> attribute : details.attributes().entrySet()) {
                    bytes +=
                            ATTRIBUTE
                                    + StateCache.bytes(attribute.getKey())
                                    + StateCache.bytes(attribute.getValue());
                }
                yield bytes;
            }
        };
    }
}
