package dev.twofold.catalog;

import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.Codec;
import dev.twofold.EventTypes;
import dev.twofold.catalog.http.CommandAnswers;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.catalog.http.ViewQuery;
import dev.twofold.catalog.http.WebSettings;
import dev.twofold.catalog.product.ProductListing;
import dev.twofold.catalog.product.ProductPage;
import dev.twofold.catalog.product.ProductSlice;
import dev.twofold.catalog.product.Products;
import dev.twofold.catalog.review.ReviewSlice;
import dev.twofold.catalog.review.Reviews;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLog;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.ViewReader;
import dev.twofold.postgres.ViewTable;
import java.util.List;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/// The parts of the catalog and how they hang together.
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({WebSettings.class, ProductSlice.class, ReviewSlice.class})
class CatalogService {

    @Bean
    Codec codec() {
        return new JacksonCodec();
    }

    @Bean
    EventTypes<CatalogEvent> eventTypes(Codec codec) {
        return CatalogEvents.types(codec);
    }

    @Bean
    PostgresEventStore store(HikariDataSource dataSource) {
        PostgresLog.migrate(dataSource);
        return new PostgresEventStore(dataSource);
    }

    @Bean
    LogEpoch epoch(PostgresEventStore store) {
        return new LogEpoch(store.info().epoch().toString());
    }

    @Bean
    ViewTable<CatalogEvent, ProductPage> productPages(Codec codec) {
        return ProductListing.table(codec);
    }

    @Bean
    Projections projections(
            HikariDataSource dataSource,
            PostgresEventStore store,
            EventTypes<CatalogEvent> types,
            ViewTable<CatalogEvent, ProductPage> productPages) {
        Projections projections =
                new Projections(dataSource, store, List.of(Projection.of(types, productPages)));
        store.onGrowth(projections::appended);
        projections.start();
        return projections;
    }

    @Bean
    ViewQuery<ProductPage> productPageQuery(
            HikariDataSource dataSource,
            ViewTable<CatalogEvent, ProductPage> productPages,
            Projections projections,
            LogEpoch epoch) {
        return new ViewQuery<>(
                productPages.view().name(),
                new ViewReader<>(dataSource, productPages),
                projections,
                epoch);
    }

    @Bean
    ProductListing productListing(HikariDataSource dataSource, Codec codec) {
        return new ProductListing(dataSource, codec);
    }

    @Bean
    CommandAnswers commandAnswers(LogEpoch epoch) {
        return new CommandAnswers(epoch);
    }

    @Bean
    Products products(PostgresEventStore store, EventTypes<CatalogEvent> types) {
        return new Products(store, types, _ -> true, _ -> true);
    }

    @Bean
    Reviews reviews(PostgresEventStore store, EventTypes<CatalogEvent> types) {
        return new Reviews(store, types);
    }
}
