package dev.twofold.catalog.product;

import dev.twofold.EventFeed;
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
import dev.twofold.catalog.product.HistoryQuery.FindAsOf;
import dev.twofold.catalog.product.HistoryQuery.FindVersion;
import dev.twofold.catalog.product.HistoryQuery.ListPrices;
import dev.twofold.catalog.product.ProductEvent.PriceChanged;
import dev.twofold.catalog.product.ProductEvent.ProductCreated;
import dev.twofold.postgres.LogSnapshot;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import java.math.BigDecimal;
import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Products as they were, folded from the log when asked for. Safe for use by many threads.
public final class ProductHistory {
    private static final Set<String> PRICE_EVENTS = Set.of("product-created", "price-changed");

    private final TableReader log;
    private final EventTypes<CatalogEvent> types;

    /// @param log of which a snapshot is taken for each question
    public ProductHistory(TableReader log, EventTypes<CatalogEvent> types) {
        this.log = log;
        this.types = types;
    }

    private LiveView<CatalogEvent, ProductPage> pages(EventFeed snapshot) {
        return new LiveView<>(snapshot, types, ProductPage.VIEW, ProductHistory::events);
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

    /// Empty if there was no such product then.
    ///
    /// @throws IllegalArgumentException if the product's history is too long for that
    /// @throws dev.twofold.EventStoreException if the log is out of reach
    TableAnswer<Optional<AsOf<ProductPage>>> asOf(FindAsOf query) {
        return log.read(
                query.notBefore(),
                connection ->
                        pages(new LogSnapshot(connection)).asOf(query.productId(), query.time()));
    }

    /// Empty if the product has not had as many events.
    ///
    /// @throws IllegalArgumentException if the product's history is too long for that
    /// @throws dev.twofold.EventStoreException if the log is out of reach
    TableAnswer<Optional<AsOf<ProductPage>>> version(FindVersion query) {
        return log.read(
                query.notBefore(),
                connection ->
                        version(new LogSnapshot(connection), query.productId(), query.version()));
    }

    private Optional<AsOf<ProductPage>> version(EventFeed snapshot, String productId, int version) {
        List<RecordedEvent> events =
                snapshot.next(Query.stream(CatalogEvents.productStream(productId)), 0, version)
                        .events();
        return events.size() < version
                ? Optional.empty()
                : pages(snapshot).asOf(productId, events.getLast().position());
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

    /// None if there is no such product.
    ///
    /// @throws dev.twofold.EventStoreException if the log is out of reach
    TableAnswer<List<Price>> prices(ListPrices query) {
        return log.read(query.notBefore(), connection -> prices(connection, query));
    }

    private List<Price> prices(Connection connection, ListPrices asked) {
        StreamId stream = CatalogEvents.productStream(asked.productId());
        Query query = new Query(List.of(new Query.Item(stream, PRICE_EVENTS, Set.of())));
        List<RecordedEvent> events =
                new LogSnapshot(connection).next(query, asked.after(), asked.limit()).events();
        List<Price> prices = new ArrayList<>();
        for (Recorded<CatalogEvent> event : types.decode(events)) {
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
