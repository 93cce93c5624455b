package dev.twofold.catalog.product;

import dev.twofold.EventTypes;
import dev.twofold.LiveView.AsOf;
import dev.twofold.QueryHandler;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.product.CountedCategories.Node;
import dev.twofold.catalog.product.HistoryQuery.FindAsOf;
import dev.twofold.catalog.product.HistoryQuery.FindVersion;
import dev.twofold.catalog.product.HistoryQuery.ListPrices;
import dev.twofold.catalog.product.ProductHistory.Price;
import dev.twofold.catalog.product.ProductPages.ReadPages;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Replicas;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import java.util.List;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The endpoints and queries for products.
@Configuration(proxyBeanMethods = false)
@Import({
    ProductEndpoints.class,
    ProductQueries.class,
    ProductPages.class,
    ProductExport.class,
    ProductHistoryEndpoints.class,
    CategoryTreeEndpoints.class
})
public class ProductSlice {
    public static final String CATEGORY_COUNTS = CategoryCounts.NAME;

    public static Projection<CatalogEvent> categoryCounts(EventTypes<CatalogEvent> types) {
        return CategoryCounts.projection(types);
    }

    @Bean
    QueryHandler<ListProducts, TableAnswer<ProductListing.Page>> listProducts(Replicas replicas) {
        return new ProductListing(TableReader.of(replicas, ProductPage.VIEW.name()));
    }

    @Bean
    QueryHandler<ReadPages, TableAnswer<List<ProductPages.Page>>> readPages(Replicas replicas) {
        return ProductPages.chunks(TableReader.of(replicas, ProductPage.VIEW.name()));
    }

    @Bean
    QueryHandler<ShowCategoryTree, TableAnswer<List<Node>>> showCategoryTree(Replicas replicas) {
        return new CountedCategories(TableReader.of(replicas, CATEGORY_COUNTS));
    }

    @Bean
    ProductHistory productHistory(Replicas replicas, EventTypes<CatalogEvent> types) {
        return new ProductHistory(TableReader.ofLog(replicas), types);
    }

    @Bean
    QueryHandler<FindAsOf, TableAnswer<Optional<AsOf<ProductPage>>>> findAsOf(
            ProductHistory history) {
        return (query, _) -> history.asOf(query);
    }

    @Bean
    QueryHandler<FindVersion, TableAnswer<Optional<AsOf<ProductPage>>>> findVersion(
            ProductHistory history) {
        return (query, _) -> history.version(query);
    }

    @Bean
    QueryHandler<ListPrices, TableAnswer<List<Price>>> listPrices(ProductHistory history) {
        return (query, _) -> history.prices(query);
    }
}
