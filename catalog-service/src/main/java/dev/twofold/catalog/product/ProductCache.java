package dev.twofold.catalog.product;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.twofold.Known;
import dev.twofold.Query;
import dev.twofold.catalog.product.ProductState.Discontinued;
import dev.twofold.catalog.product.ProductState.Listed;
import dev.twofold.catalog.product.ProductState.Unknown;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/// The states of the products that commands met last, so that the next command needs no read.
///
/// Sized in bytes, by an estimate that is on the high side: two for a character, and what the
/// objects around them take.
final class ProductCache {
    private static final long MAX_BYTES = 64L << 20;
    private static final int ENTRY_BYTES = 600;

    private ProductCache() {}

    static ConcurrentMap<Query, Known<ProductState>> create() {
        return Caffeine.newBuilder()
                .executor(Runnable::run)
                .maximumWeight(MAX_BYTES)
                .<Query, Known<ProductState>>weigher((_, known) -> bytes(known.state()))
                .build()
                .asMap();
    }

    static int bytes(ProductState state) {
        return switch (state) {
            case Unknown _ -> ENTRY_BYTES;
            case Discontinued _ -> ENTRY_BYTES;
            case Listed(_, var sku, var details, _) -> {
                long characters =
                        length(sku)
                                + length(details.name())
                                + length(details.description())
                                + length(details.brandId())
                                + length(details.categoryId());
                for (Map.Entry<String, String> attribute : details.attributes().entrySet()) {
                    characters += 50 + length(attribute.getKey()) + length(attribute.getValue());
                }
                yield Math.toIntExact(ENTRY_BYTES + 2 * characters);
            }
        };
    }

    private static long length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }
}
