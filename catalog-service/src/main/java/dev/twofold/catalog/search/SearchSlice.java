package dev.twofold.catalog.search;

import dev.twofold.Codec;
import dev.twofold.EventTypes;
import dev.twofold.QueryHandler;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.QueryConnections;
import dev.twofold.catalog.http.CachePolicy;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.catalog.http.ViewQuery;
import dev.twofold.catalog.product.ProductPage;
import dev.twofold.catalog.search.SuggestProducts.Suggestions;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.ViewReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The search for products, with its endpoints.
@Configuration(proxyBeanMethods = false)
@Import(SearchEndpoints.class)
public class SearchSlice {
    private static final Logger LOG = LoggerFactory.getLogger(SearchSlice.class);

    @Bean
    SearchLanguage searchLanguage(@Value("${catalog.search.language}") String name) {
        try {
            return new SearchLanguage(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(e.getMessage()); // what keeps the catalog from starting
        }
    }

    @Bean
    Projection<CatalogEvent> searchProjection(
            EventTypes<CatalogEvent> types, SearchLanguage searchLanguage, Codec codec) {
        return Projection.of(types, SearchTable.of(searchLanguage, codec));
    }

    @Bean
    SearchView searchView(
            QueryConnections connections,
            PostgresEventStore store,
            SearchLanguage searchLanguage,
            Codec codec,
            Projections projections,
            LogEpoch epoch,
            CachePolicy caching) {
        ViewReader<ProductPage> reader =
                new ViewReader<>(connections.dataSource(), SearchTable.of(searchLanguage, codec));
        if (store.head() > 0 && reader.standing().isEmpty()) {
            LOG.warn(
                    "search in {} has no table yet; it is made from the log before this node is"
                            + " ready",
                    searchLanguage.name());
        }
        return new SearchView(
                new ViewQuery<>(searchLanguage.viewName(), reader, projections, epoch)
                        .cached(caching));
    }

    @Bean
    QueryHandler<SearchProducts, SearchResult> productSearch(
            QueryConnections connections, SearchLanguage searchLanguage, Codec codec) {
        return new ProductSearch(connections.dataSource(), searchLanguage, codec);
    }

    @Bean
    QueryHandler<SuggestProducts, Suggestions> productSuggestions(
            QueryConnections connections, SearchLanguage searchLanguage, Codec codec) {
        return new ProductSuggestions(connections.dataSource(), searchLanguage, codec);
    }
}
