package dev.twofold.catalog.feed;

import dev.twofold.Codec;
import dev.twofold.QueryBus;
import dev.twofold.QueryHandler;
import dev.twofold.catalog.feed.FeedChunks.ReadFeedChunk;
import dev.twofold.catalog.product.ProductPage;
import dev.twofold.postgres.Replicas;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The HTTP endpoints and queries for feeds.
@Configuration(proxyBeanMethods = false)
@Import({FeedEndpoints.class, FeedExportEndpoint.class})
public class FeedSlice {

    @Bean
    QueryHandler<ReadFeedChunk, TableAnswer<FeedChunk>> readFeedChunk(
            Replicas replicas, Codec codec) {
        return FeedChunks.handler(TableReader.of(replicas, ProductPage.VIEW.name()), codec);
    }

    @Bean
    FeedExport feedExport(QueryBus queries) {
        return new FeedExport(new FeedChunks(queries));
    }
}
