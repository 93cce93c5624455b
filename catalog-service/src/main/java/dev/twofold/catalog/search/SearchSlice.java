package dev.twofold.catalog.search;

import dev.twofold.Codec;
import dev.twofold.EventTypes;
import dev.twofold.QueryHandler;
import dev.twofold.QueryInterceptor;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.http.CachePolicy;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.catalog.http.ViewQuery;
import dev.twofold.catalog.product.ProductPage;
import dev.twofold.catalog.search.SuggestProducts.Suggestions;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.Replicas;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import dev.twofold.postgres.ViewReader;
import dev.twofold.postgres.ViewTable;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.Order;

/// The search for products, with its endpoints.
@Configuration(proxyBeanMethods = false)
@Import(SearchEndpoints.class)
public class SearchSlice {
    private static final Logger LOG = LoggerFactory.getLogger(SearchSlice.class);
    private static final int SEARCHES_AT_ONCE = 2_000;

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
            Replicas replicas,
            ViewTable<CatalogEvent, ProductPage> productPages,
            SearchLanguage searchLanguage,
            Codec codec,
            Projections projections,
            LogEpoch epoch,
            CachePolicy caching) {
        ViewReader<ProductPage> reader =
                new ViewReader<>(replicas, SearchTable.of(searchLanguage, codec));
        boolean first = new ViewReader<>(replicas, productPages).standing().isEmpty();
        if (!first && reader.standing().isEmpty()) {
            LOG.warn(
                    "search in {} has no table yet; it is made from the log before this node is"
                            + " ready",
                    searchLanguage.name());
        }
        return new SearchView(
                new ViewQuery<>(searchLanguage.viewName(), reader, projections, epoch)
                        .cached(caching));
    }

    /// Before the limit for all queries: who waits here holds no turn there.
    @Bean
    @Order(SEARCHES_AT_ONCE)
    QueryInterceptor searchesAtOnce(@Value("${catalog.searches-at-once}") int atOnce) {
        return QueryInterceptor.only(
                CostlyQuery.class, QueryInterceptor.limiting(atOnce, Duration.ofSeconds(1)));
    }

    @Bean
    QueryHandler<SearchProducts, TableAnswer<SearchResult>> productSearch(
            Replicas replicas, SearchLanguage searchLanguage, Codec codec) {
        return new ProductSearch(
                TableReader.of(replicas, searchLanguage.viewName()), searchLanguage, codec);
    }

    @Bean
    QueryHandler<SuggestProducts, TableAnswer<Suggestions>> productSuggestions(
            Replicas replicas, SearchLanguage searchLanguage, Codec codec) {
        return new ProductSuggestions(
                TableReader.of(replicas, searchLanguage.viewName()), searchLanguage, codec);
    }
}
