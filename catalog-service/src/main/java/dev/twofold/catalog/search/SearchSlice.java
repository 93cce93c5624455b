package dev.twofold.catalog.search;

import dev.twofold.Codec;
import dev.twofold.EventTypes;
import dev.twofold.QueryHandler;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.QueryConnections;
import dev.twofold.catalog.http.CachePolicy;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.catalog.http.ViewQuery;
import dev.twofold.catalog.search.SuggestProducts.Suggestions;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.ViewReader;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The search for products, with its endpoints.
@Configuration(proxyBeanMethods = false)
@Import(SearchEndpoints.class)
public class SearchSlice {

    @Bean
    SearchLanguage searchLanguage(@Value("${catalog.search.language}") String name) {
        return new SearchLanguage(name);
    }

    @Bean
    Projection<CatalogEvent> searchProjection(
            EventTypes<CatalogEvent> types, SearchLanguage searchLanguage, Codec codec) {
        return Projection.of(types, SearchTable.of(searchLanguage, codec));
    }

    @Bean
    SearchView searchView(
            QueryConnections connections,
            SearchLanguage searchLanguage,
            Codec codec,
            Projections projections,
            LogEpoch epoch,
            CachePolicy caching) {
        return new SearchView(
                new ViewQuery<>(
                                searchLanguage.viewName(),
                                new ViewReader<>(
                                        connections.dataSource(),
                                        SearchTable.of(searchLanguage, codec)),
                                projections,
                                epoch)
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
