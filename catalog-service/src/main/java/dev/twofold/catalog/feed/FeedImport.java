package dev.twofold.catalog.feed;

import dev.twofold.Metadata;
import dev.twofold.catalog.brand.Brands;
import dev.twofold.catalog.category.Categories;
import dev.twofold.catalog.product.Products;
import java.io.IOException;
import java.io.InputStream;
import javax.sql.DataSource;

/// Makes the catalog what a product feed states.
///
/// Every line becomes one command: its product is created, or revised if one has its SKU, which
/// records just what differs. So the same feed again records nothing, and an import that was broken
/// off is completed by importing the feed once more. Products that the feed does not state stay as
/// they are. Of two lines with one id the first counts; the other is reported if it states
/// something else.
///
/// Lines are dealt with 500 at a time, those concurrently, so that their events share commits;
/// memory does not grow with the file. Holds one connection besides those of the store. Safe for
/// use by many threads.
public final class FeedImport {
    private final DataSource dataSource;
    private final Products products;
    private final Brands brands;
    private final Categories categories;

    public FeedImport(
            DataSource dataSource, Products products, Brands brands, Categories categories) {
        this.dataSource = dataSource;
        this.products = products;
        this.brands = brands;
        this.categories = categories;
    }

    /// Imports a feed.
    ///
    /// @param metadata of all events that the import records
    /// @throws FeedException if it is no feed, or the import was broken off; what was imported by
    ///   then stays
    /// @throws IOException if the feed cannot be read
    /// @throws InterruptedException if the thread is interrupted; what was imported by then stays
    public FeedCounts run(InputStream feed, Metadata metadata, FeedListener listener)
            throws IOException, InterruptedException {
        return run(feed, new FeedCommands(products, brands, categories, metadata), listener);
    }

    /// Tells what an import would do, and records nothing.
    ///
    /// @throws FeedException if it is no feed, or the run was broken off
    /// @throws IOException if the feed cannot be read
    /// @throws InterruptedException if the thread is interrupted
    public FeedCounts dryRun(InputStream feed, FeedListener listener)
            throws IOException, InterruptedException {
        return run(feed, new FeedPreview(brands, categories), listener);
    }

    private FeedCounts run(InputStream feed, FeedTarget target, FeedListener listener)
            throws IOException, InterruptedException {
        FeedReader reader = new FeedReader(feed);
        try (SeenLines seen = new SeenLines(dataSource)) {
            return new FeedRun(reader, seen, products, target, listener).run();
        }
    }
}
