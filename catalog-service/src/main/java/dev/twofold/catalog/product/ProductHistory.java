package dev.twofold.catalog.product;

import dev.twofold.EventStore;
import dev.twofold.EventTypes;
import dev.twofold.Keys;
import dev.twofold.LiveView;
import dev.twofold.LiveView.AsOf;
import dev.twofold.Query;
import dev.twofold.Recorded;
import dev.twofold.RecordedEvent;
import dev.twofold.StreamId;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.CatalogEvents;
import dev.twofold.catalog.brand.BrandName;
import dev.twofold.catalog.product.ProductEvent.PriceChanged;
import dev.twofold.catalog.product.ProductEvent.ProductCreated;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Products as they were, folded from the log when asked for. Safe for use by many threads.
public final class ProductHistory {
    private static final Set<String> PRICE_EVENTS = Set.of("product-created", "price-changed");

    private final EventStore store;
    private final EventTypes<CatalogEvent> types;
    private final LiveView<CatalogEvent, ProductPage> pages;

    public ProductHistory(EventStore store, EventTypes<CatalogEvent> types) {
        this.store = store;
        this.types = types;
        this.pages = new LiveView<>(store, types, ProductPage.VIEW, ProductHistory::events);
    }

    /// A product's own events and its reviews, and those that its brand's name and the path of its
    /// category were made of.
    private static Query events(Keys.Read document) {
        if (document.view().equals(ProductPage.VIEW)) {
            return Query.stream(CatalogEvents.productStream(document.key()))
                    .or(Query.tags(CatalogEvents.reviewedTag(document.key())));
        }
        return Query.stream(
                document.view().equals(BrandName.VIEW)
                        ? CatalogEvents.brandStream(document.key())
                        : CatalogEvents.categoryStream(document.key()));
    }

    /// The page as it was at a point in time; empty if there was none.
    ///
    /// @throws IllegalArgumentException if the product's history is too long for that
    /// @throws dev.twofold.EventStoreException if the log is out of reach
    Optional<AsOf<ProductPage>> at(String productId, Instant time) {
        return pages.asOf(productId, time);
    }

    /// The page as it was right after an event of the product's own, counted from 1; empty if it
    /// has not had as many.
    ///
    /// @throws IllegalArgumentException if the product's history is too long for that
    /// @throws dev.twofold.EventStoreException if the log is out of reach
    Optional<AsOf<ProductPage>> version(String productId, int version) {
        List<RecordedEvent> events =
                store.read(Query.stream(CatalogEvents.productStream(productId)), 0, version);
        return events.size() < version
                ? Optional.empty()
                : pages.asOf(productId, events.getLast().position());
    }

    /// What a product cost from a moment on.
    ///
    /// @param position of the event that brought it about
    record Price(
            Instant since,
            long version,
            BigDecimal price,
            String currency,
            String formattedPrice,
            @Nullable BigDecimal salePrice,
            @Nullable String formattedSalePrice,
            long position) {

        private static Price of(
                Recorded<CatalogEvent> event, Money price, @Nullable Money salePrice) {
            return new Price(
                    event.recordedAt(),
                    event.version(),
                    price.amount(),
                    price.currency().getCurrencyCode(),
                    price.formatted(),
                    salePrice == null ? null : salePrice.amount(),
                    salePrice == null ? null : salePrice.formatted(),
                    event.position());
        }
    }

    /// The prices of a product one after the other, from the first; none if there is no such
    /// product.
    ///
    /// @param after the position of the price before
    /// @throws dev.twofold.EventStoreException if the log is out of reach
    List<Price> prices(String productId, long after, int limit) {
        StreamId stream = CatalogEvents.productStream(productId);
        Query query = new Query(List.of(new Query.Item(stream, PRICE_EVENTS, Set.of())));
        List<Price> prices = new ArrayList<>();
        for (Recorded<CatalogEvent> event : types.decode(store.read(query, after, limit))) {
            switch (event.event()) {
                case ProductCreated(_, _, var details) ->
                        prices.add(Price.of(event, details.price(), details.salePrice()));
                case PriceChanged(_, var price, var salePrice) ->
                        prices.add(Price.of(event, price, salePrice));
                default -> throw new IllegalStateException(event.event() + " states no price");
            }
        }
        return prices;
    }
}
