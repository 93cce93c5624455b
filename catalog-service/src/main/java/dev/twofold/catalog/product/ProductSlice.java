package dev.twofold.catalog.product;

import dev.twofold.EventTypes;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.postgres.Projection;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The HTTP endpoints for products.
@Configuration(proxyBeanMethods = false)
@Import({
    ProductEndpoints.class,
    ProductQueries.class,
    ProductPages.class,
    ProductExport.class,
    ProductHistoryEndpoints.class,
    CategoryTreeEndpoints.class,
    CountedCategories.class
})
public class ProductSlice {
    public static final String CATEGORY_COUNTS = CategoryCounts.NAME;

    public static Projection<CatalogEvent> categoryCounts(EventTypes<CatalogEvent> types) {
        return CategoryCounts.projection(types);
    }
}
