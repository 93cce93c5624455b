package dev.twofold.catalog.product;

import dev.twofold.CommandHandler;
import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.Decider;
import dev.twofold.Decision.Accept;
import dev.twofold.Decision.Refuse;
import dev.twofold.EventSourcedHandler;
import dev.twofold.EventStore;
import dev.twofold.EventTypes;
import dev.twofold.Interceptor;
import dev.twofold.Known;
import dev.twofold.Metadata;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.StreamId;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.CatalogEvents;
import dev.twofold.catalog.Once;
import dev.twofold.catalog.product.ProductCommand.AdjustStock;
import dev.twofold.catalog.product.ProductCommand.AssignBrand;
import dev.twofold.catalog.product.ProductCommand.AssignCategory;
import dev.twofold.catalog.product.ProductCommand.ChangePrice;
import dev.twofold.catalog.product.ProductCommand.ChangeSalePrice;
import dev.twofold.catalog.product.ProductCommand.CreateProduct;
import dev.twofold.catalog.product.ProductCommand.DescribeProduct;
import dev.twofold.catalog.product.ProductCommand.DiscontinueProduct;
import dev.twofold.catalog.product.ProductCommand.RenameProduct;
import dev.twofold.catalog.product.ProductCommand.ReviseProduct;
import dev.twofold.catalog.product.ProductCommand.UpdateProduct;
import dev.twofold.catalog.product.ProductEvent.ProductCreated;
import dev.twofold.catalog.product.ProductRefusal.UnknownBrand;
import dev.twofold.catalog.product.ProductRefusal.UnknownCategory;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Carries out commands for products.
///
/// Brands and categories are never removed, so it is enough that one exists before the command is
/// decided on. Safe for use by many threads.
public final class Products
        implements CommandHandler<ProductCommand, ProductState, ProductRefusal> {
    private static final ProductDecider DECIDER = new ProductDecider();
    private static final int PAGE = 1_000;

    private final EventSourcedHandler<ProductCommand, ProductState, ProductEvent, ProductRefusal>
            handler;
    private final ConcurrentMap<Query, Known<ProductState>> cache = ProductCache.create();
    private final EventStore store;
    private final EventTypes<ProductEvent> types;
    private final Predicate<String> brandExists;
    private final Predicate<String> categoryExists;
    private final Interceptor around;

    /// @param around every command
    public Products(
            EventStore store,
            EventTypes<CatalogEvent> types,
            Predicate<String> brandExists,
            Predicate<String> categoryExists,
            Interceptor around) {
        this.store = store;
        this.types = types.narrow(ProductEvent.class);
        this.handler = by(DECIDER);
        this.brandExists = brandExists;
        this.categoryExists = categoryExists;
        this.around = around;
    }

    @Override
    public CommandOutcome<ProductState, ProductRefusal> handle(
            ProductCommand command, Metadata metadata) {
        return checked(handler).handle(command, metadata);
    }

    /// Carries a command out for a caller who may have seen the product.
    ///
    /// @param expected which versions of the product the caller will have changed
    /// @param once null if the command may be done as often as it is sent
    CommandOutcome<ProductState, ProductRefusal> handle(
            ProductCommand command,
            Metadata metadata,
            LongPredicate expected,
            @Nullable Once<ProductRefusal> once) {
        var seen = by(new SeenVersion(DECIDER, expected));
        return checked(
                        once == null
                                ? seen
                                : seen.once(
                                        once.key(),
                                        decision ->
                                                switch (decision) {
                                                    case Accept<ProductEvent, ProductRefusal>(
                                                                    var events) ->
                                                            once.accepted(
                                                                    command.productId(),
                                                                    events.size());
                                                    case Refuse<ProductEvent, ProductRefusal>(
                                                                    var reason) ->
                                                            once.refused(reason);
                                                }))
                .handle(command, metadata);
    }

    private EventSourcedHandler<ProductCommand, ProductState, ProductEvent, ProductRefusal> by(
            Decider<ProductCommand, ProductState, ProductEvent, ProductRefusal> rules) {
        return new EventSourcedHandler<>(store, types, rules, Products::boundary)
                .expectingNothing(CreateProduct.class::isInstance)
                .cachingIn(cache);
    }

    /// The states of the products that have these SKUs; those of others are left out.
    ///
    /// @param skus at most 100
    public Map<String, ProductState> statesBySku(Collection<String> skus) {
        Map<String, String> ids = new HashMap<>();
        forEach(
                skus.stream().map(sku -> Query.tags(CatalogEvents.skuTag(sku))),
                event -> {
                    if (event instanceof ProductCreated(var id, var sku, _)) {
                        ids.put(sku, id);
                    }
                });
        Map<String, ProductState> states = new HashMap<>();
        forEach(
                ids.values().stream().map(id -> Query.stream(CatalogEvents.productStream(id))),
                event ->
                        states.merge(
                                event.productId(),
                                DECIDER.evolve(DECIDER.initial(), event),
                                (state, _) -> DECIDER.evolve(state, event)));
        Map<String, ProductState> bySku = HashMap.newHashMap(ids.size());
        ids.forEach((sku, id) -> bySku.put(sku, states.getOrDefault(id, DECIDER.initial())));
        return bySku;
    }

    private void forEach(Stream<Query> queries, Consumer<ProductEvent> action) {
        Optional<Query> query = queries.reduce(Query::or);
        long position = 0;
        boolean more = query.isPresent();
        while (more) {
            List<RecordedEvent> page = store.read(query.get(), position, PAGE);
            types.decode(page).forEach(recorded -> action.accept(recorded.event()));
            more = page.size() == PAGE;
            position = page.isEmpty() ? position : page.getLast().position();
        }
    }

    /// What is wrong with a command whatever state it meets.
    private Optional<ProductRefusal> check(ProductCommand command) {
        return ProductRules.checkId(command.productId())
                .or(
                        () ->
                                switch (command) {
                                    case CreateProduct(_, var sku, var details) ->
                                            ProductRules.checkSku(sku)
                                                    .or(() -> checkReferences(details));
                                    case ReviseProduct(_, var details) -> checkReferences(details);
                                    case UpdateProduct(_, var given, _) -> checkReferences(given);
                                    case AssignBrand(_, var brandId) -> checkBrand(brandId);
                                    case AssignCategory(_, var categoryId) ->
                                            checkCategory(categoryId);
                                    case RenameProduct _,
                                            DescribeProduct _,
                                            ChangePrice _,
                                            ChangeSalePrice _,
                                            AdjustStock _,
                                            DiscontinueProduct _ ->
                                            Optional.empty();
                                });
    }

    /// What a decision depends on: for a creation, that neither the product was created before nor
    /// another one with its SKU; for all else, the product's stream.
    static Query boundary(ProductCommand command) {
        StreamId stream = CatalogEvents.productStream(command.productId());
        return command instanceof CreateProduct(_, var sku, _)
                ? Query.stream(stream).or(Query.tags(CatalogEvents.skuTag(sku)))
                : Query.stream(stream);
    }

    private CommandHandler<ProductCommand, ProductState, ProductRefusal> checked(
            CommandHandler<ProductCommand, ProductState, ProductRefusal> next) {
        return around.around(
                (command, metadata) -> {
                    Optional<ProductRefusal> fault = check(command);
                    return fault.isPresent()
                            ? new Refused<>(fault.get(), 0)
                            : next.handle(command, metadata);
                });
    }

    private Optional<ProductRefusal> checkReferences(ProductDetails details) {
        return checkBrand(details.brandId()).or(() -> checkCategory(details.categoryId()));
    }

    private Optional<ProductRefusal> checkBrand(@Nullable String id) {
        return id == null || (ProductRules.checkId(id).isEmpty() && brandExists.test(id))
                ? Optional.empty()
                : Optional.of(new UnknownBrand(id));
    }

    private Optional<ProductRefusal> checkCategory(@Nullable String id) {
        return id == null || (ProductRules.checkId(id).isEmpty() && categoryExists.test(id))
                ? Optional.empty()
                : Optional.of(new UnknownCategory(id));
    }
}
