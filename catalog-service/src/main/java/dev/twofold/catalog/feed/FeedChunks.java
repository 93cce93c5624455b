package dev.twofold.catalog.feed;

import dev.twofold.Codec;
import dev.twofold.Metadata;
import dev.twofold.QueryBus;
import dev.twofold.QueryFor;
import dev.twofold.QueryHandler;
import dev.twofold.catalog.http.Problem;
import dev.twofold.catalog.product.ProductPage;
import dev.twofold.catalog.product.ProductPages;
import dev.twofold.catalog.product.ProductPages.Page;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/// The products of a feed in the order of their ids, a chunk at a time, each from one snapshot of
/// whichever server is fresh enough.
///
/// Safe for use by many threads.
final class FeedChunks {
    private final QueryBus queries;

    FeedChunks(QueryBus queries) {
        this.queries = queries;
    }

    /// The products that follow the one with the id.
    ///
    /// @param notBefore the position that they have to reflect
    record ReadFeedChunk(String id, long notBefore) implements QueryFor<TableAnswer<FeedChunk>> {}

    /// @param pages of the view of product pages
    static QueryHandler<ReadFeedChunk, TableAnswer<FeedChunk>> handler(
            TableReader pages, Codec codec) {
        return (query, _) ->
                pages.read(query.notBefore, connection -> read(connection, query.id, codec));
    }

    /// The products that follow the one with the id.
    ///
    /// @param id an empty one for the first
    /// @param notBefore a position that the product pages have reached
    /// @throws Problem if no server is that far any more
    /// @throws dev.twofold.EventStoreException if the database is out of reach
    /// @throws dev.twofold.TooManyQueriesException if this node has too many queries to answer
    FeedChunk after(String id, long notBefore, Metadata metadata) {
        return ProductPages.known(
                queries.ask(new ReadFeedChunk(id, notBefore), metadata), notBefore);
    }

    private static FeedChunk read(Connection connection, String id, Codec codec)
            throws SQLException {
        List<Page> pages = ProductPages.after(connection, id);
        List<ProductPage> products =
                pages.stream()
                        .map(page -> codec.decode(page.json(), ProductPage.class))
                        .filter(page -> !page.discontinued())
                        .toList();
        return FeedChunk.of(pages.isEmpty() ? "" : pages.getLast().id(), products, connection);
    }
}
