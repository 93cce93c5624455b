package dev.twofold.catalog;

import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.Codec;
import dev.twofold.EventTypes;
import dev.twofold.Interceptor;
import dev.twofold.QueryInterceptor;
import dev.twofold.catalog.access.AccessConfiguration;
import dev.twofold.catalog.brand.BrandSlice;
import dev.twofold.catalog.brand.Brands;
import dev.twofold.catalog.category.Categories;
import dev.twofold.catalog.category.CategorySlice;
import dev.twofold.catalog.changes.ChangesSlice;
import dev.twofold.catalog.changes.DailyChanges;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.events.EventsSlice;
import dev.twofold.catalog.feed.FeedImport;
import dev.twofold.catalog.feed.FeedSlice;
import dev.twofold.catalog.feed.FeedUploads;
import dev.twofold.catalog.http.CacheMetrics;
import dev.twofold.catalog.http.CachePolicy;
import dev.twofold.catalog.http.CommandAnswers;
import dev.twofold.catalog.http.HotDispatcher;
import dev.twofold.catalog.http.HotDocuments;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.catalog.http.RowQuery;
import dev.twofold.catalog.http.TableQuery;
import dev.twofold.catalog.http.ViewQuery;
import dev.twofold.catalog.http.ViewSource;
import dev.twofold.catalog.http.WebSettings;
import dev.twofold.catalog.kafka.KafkaSlice;
import dev.twofold.catalog.operations.OperationsSlice;
import dev.twofold.catalog.product.ProductListing;
import dev.twofold.catalog.product.ProductPage;
import dev.twofold.catalog.product.ProductSlice;
import dev.twofold.catalog.product.ProductTables;
import dev.twofold.catalog.product.Products;
import dev.twofold.catalog.review.ReviewSlice;
import dev.twofold.catalog.review.Reviews;
import dev.twofold.catalog.search.SearchSlice;
import dev.twofold.catalog.webhook.WebhookSlice;
import dev.twofold.kafka.KafkaLog;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLog;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.Replicas;
import dev.twofold.postgres.TableReader;
import dev.twofold.postgres.ViewReader;
import dev.twofold.postgres.ViewTable;
import dev.twofold.redis.CacheSettings;
import dev.twofold.redis.Changes;
import dev.twofold.redis.DocumentCache;
import dev.twofold.redis.RedisSettings;
import dev.twofold.redis.Source;
import dev.twofold.spring.CommandObservation;
import dev.twofold.spring.Validation;
import io.micrometer.observation.ObservationRegistry;
import jakarta.validation.ValidatorFactory;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.util.unit.DataSize;
import org.springframework.web.servlet.DispatcherServlet;

/// The parts of the catalog and how they hang together.
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({
    WebSettings.class,
    AccessConfiguration.class,
    ProductSlice.class,
    BrandSlice.class,
    CategorySlice.class,
    ReviewSlice.class,
    FeedSlice.class,
    ChangesSlice.class,
    EventsSlice.class,
    SearchSlice.class,
    OperationsSlice.class,
    WebhookSlice.class,
    KafkaSlice.class
})
class CatalogService {

    @Bean
    EventTypes<CatalogEvent> eventTypes(Codec codec) {
        return CatalogEvents.types(codec);
    }

    @Bean
    PostgresEventStore store(
            HikariDataSource dataSource,
            Projection<CatalogEvent> productTables,
            @Value("${catalog.kafka.feeds}") boolean fedByKafka) {
        DataSource patient = DatabasePatience.unbounded(dataSource);
        PostgresLog.migrate(patient);
        CatalogTables.migrate(patient);
        PostgresEventStore store =
                new PostgresEventStore(dataSource, fedByKafka ? List.of() : List.of(productTables));
        store.catchUp();
        return store;
    }

    @Bean
    Projection<CatalogEvent> productTables(EventTypes<CatalogEvent> types) {
        return ProductTables.projection(types);
    }

    @Bean(initMethod = "start")
    ReceiptRetention receiptRetention(
            PostgresEventStore store, @Value("${catalog.keep-answers}") Duration keepAnswers) {
        return new ReceiptRetention(store, keepAnswers);
    }

    @Bean
    LogEpoch epoch(PostgresEventStore store, ObjectProvider<KafkaLog> kafkaLog) {
        KafkaLog feed = kafkaLog.getIfAvailable();
        return feed == null
                ? new LogEpoch(store.info().epoch().toString(), store::head)
                : LogEpoch.elsewhere(feed.epoch().orElseThrow().toString());
    }

    @Bean
    ViewTable<CatalogEvent, ProductPage> productPages(Codec codec) {
        return ProductListing.table(codec);
    }

    @Bean
    Projection<CatalogEvent> productPageProjection(
            EventTypes<CatalogEvent> types, ViewTable<CatalogEvent, ProductPage> productPages) {
        return Projection.of(types, productPages);
    }

    @Bean
    Projection<?> categoryCountsProjection(EventTypes<CatalogEvent> types) {
        return ProductSlice.categoryCounts(types);
    }

    @Bean
    Projection<?> dailyChangesProjection(EventTypes<CatalogEvent> types) {
        return DailyChanges.projection(types);
    }

    @Bean
    ViewQuery<ProductPage> productPageQuery(
            Replicas replicas,
            ViewTable<CatalogEvent, ProductPage> productPages,
            Projections projections,
            LogEpoch epoch,
            CachePolicy caching) {
        return new ViewQuery<>(
                        productPages.view().name(),
                        new ViewReader<>(replicas, productPages),
                        projections,
                        epoch)
                .versionedBy(ProductPage::version)
                .cached(caching);
    }

    @Bean
    QueryInterceptor queriesAtOnce(@Value("${catalog.queries-at-once}") int atOnce) {
        return QueryInterceptor.limiting(atOnce, Duration.ofSeconds(1));
    }

    /// Of the rows, which change together with the log, or, on a node that has none, with their
    /// checkpoint.
    @Bean
    TableReader rowReader(
            Replicas replicas,
            Projection<CatalogEvent> productTables,
            @Value("${catalog.kafka.feeds}") boolean fedByKafka) {
        return fedByKafka
                ? TableReader.of(replicas, productTables.name())
                : TableReader.ofLog(replicas);
    }

    @Bean
    RowQuery rowQuery(
            LogEpoch epoch,
            CachePolicy caching,
            Projections projections,
            Projection<CatalogEvent> productTables,
            @Value("${catalog.kafka.feeds}") boolean fedByKafka) {
        if (!fedByKafka) {
            return new RowQuery(epoch, caching);
        }
        return new RowQuery(
                epoch,
                caching,
                new TableQuery(productTables.name(), projections, epoch, caching)::position);
    }

    @Bean
    DocumentCache productPageCache(
            Replicas replicas,
            ViewTable<CatalogEvent, ProductPage> productPages,
            Projections projections,
            LogEpoch epoch,
            CatalogTables tables,
            @Value("${catalog.cache}") DataSize size,
            @Value("${catalog.redis}") String redis) {
        String view = productPages.view().name();
        Source source =
                new ViewSource<>(new ViewReader<>(replicas, productPages), ProductPage::version);
        CacheSettings settings = CacheSettings.defaults().withBytes(size.toBytes());
        DocumentCache cache =
                redis.isEmpty()
                        ? DocumentCache.near(source, settings)
                        : DocumentCache.withRedis(
                                source,
                                settings,
                                // another log, database, or revision of the view, has other names
                                RedisSettings.of(
                                        redis,
                                        "twofold.%s.%s.%s.%d"
                                                .formatted(
                                                        epoch.value(),
                                                        tables.identity(),
                                                        view,
                                                        productPages.view().revision())));
        projections.onChange(
                view,
                changes ->
                        cache.changed(
                                new Changes(
                                        changes.generation(),
                                        changes.after(),
                                        changes.upTo(),
                                        changes.keys(),
                                        changes.complete())));
        return cache;
    }

    @Bean
    HotDocuments hotDocuments(
            DocumentCache productPageCache,
            ViewTable<CatalogEvent, ProductPage> productPages,
            Replicas replicas,
            LogEpoch epoch,
            CachePolicy caching) {
        return new HotDocuments(
                "/products/",
                "product",
                productPageCache,
                replicas.seen(productPages.view().name()),
                epoch,
                caching);
    }

    /// In place of the one that Spring Boot would make.
    @Bean
    DispatcherServlet dispatcherServlet(HotDocuments hotDocuments) {
        return new HotDispatcher(hotDocuments);
    }

    @Bean
    CacheMetrics cacheMetrics(
            DocumentCache productPageCache, ViewTable<CatalogEvent, ProductPage> productPages) {
        return new CacheMetrics(productPages.view().name(), productPageCache);
    }

    @Bean
    TableQuery categoryCountQuery(Projections projections, LogEpoch epoch, CachePolicy caching) {
        return new TableQuery(ProductSlice.CATEGORY_COUNTS, projections, epoch, caching);
    }

    @Bean
    TableQuery dailyChangesQuery(Projections projections, LogEpoch epoch, CachePolicy caching) {
        return new TableQuery(DailyChanges.NAME, projections, epoch, caching);
    }

    @Bean
    CommandAnswers commandAnswers(LogEpoch epoch) {
        return new CommandAnswers(epoch);
    }

    @Bean
    CatalogTables tables(
            HikariDataSource dataSource, PostgresEventStore store, EventTypes<CatalogEvent> types) {
        return new CatalogTables(dataSource, store, types);
    }

    @Bean
    ValidatorFactory commandConstraints() {
        return CommandConstraints.factory();
    }

    @Bean
    CommandAuthorization commandAuthorization(@Value("${catalog.read-only}") boolean readOnly) {
        return new CommandAuthorization(readOnly);
    }

    /// What every command goes through, whoever sends it, the outermost first.
    @Bean
    Interceptor commandPath(
            ObservationRegistry observations,
            CommandAuthorization authorization,
            ValidatorFactory commandConstraints) {
        return Interceptor.all(
                List.of(
                        new CommandTrace(),
                        new CommandObservation(observations),
                        Interceptor.checking(authorization),
                        Interceptor.checking(new Validation(commandConstraints.getValidator())),
                        Interceptor.retrying(3, Duration.ofMillis(5))));
    }

    @Bean
    Brands brands(CatalogTables tables, Interceptor commandPath) {
        return new Brands(tables, commandPath);
    }

    @Bean
    Categories categories(CatalogTables tables, Interceptor commandPath) {
        return new Categories(tables, commandPath);
    }

    @Bean
    Products products(
            PostgresEventStore store,
            EventTypes<CatalogEvent> types,
            Brands brands,
            Categories categories,
            Interceptor commandPath) {
        return new Products(store, types, brands::exists, categories::exists, commandPath);
    }

    @Bean
    FeedUploads feedUploads(
            DataFolder folder,
            HikariDataSource dataSource,
            Products products,
            Brands brands,
            Categories categories,
            PostgresEventStore store,
            Codec codec) {
        return new FeedUploads(
                folder.path().resolve("feeds"),
                new FeedImport(dataSource, products, brands, categories),
                store::head,
                codec,
                Clock.systemUTC());
    }

    @Bean
    Reviews reviews(
            PostgresEventStore store, EventTypes<CatalogEvent> types, Interceptor commandPath) {
        return new Reviews(store, types, commandPath);
    }

    @Bean(initMethod = "start")
    DatabaseHealth database(HikariDataSource dataSource) {
        return new DatabaseHealth(DatabasePatience.brief(dataSource));
    }
}
