package dev.twofold.catalog.product;

import dev.twofold.Decider;
import dev.twofold.Decision;
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
import dev.twofold.catalog.product.ProductEvent.AttributesChanged;
import dev.twofold.catalog.product.ProductEvent.BrandAssigned;
import dev.twofold.catalog.product.ProductEvent.CategoryAssigned;
import dev.twofold.catalog.product.ProductEvent.PriceChanged;
import dev.twofold.catalog.product.ProductEvent.ProductCreated;
import dev.twofold.catalog.product.ProductEvent.ProductDescribed;
import dev.twofold.catalog.product.ProductEvent.ProductDiscontinued;
import dev.twofold.catalog.product.ProductEvent.ProductRenamed;
import dev.twofold.catalog.product.ProductEvent.StockAdjusted;
import dev.twofold.catalog.product.ProductRefusal.NoLongerSold;
import dev.twofold.catalog.product.ProductRefusal.NotEnoughStock;
import dev.twofold.catalog.product.ProductRefusal.ProductExists;
import dev.twofold.catalog.product.ProductRefusal.SkuTaken;
import dev.twofold.catalog.product.ProductRefusal.UnknownProduct;
import dev.twofold.catalog.product.ProductState.Discontinued;
import dev.twofold.catalog.product.ProductState.Listed;
import dev.twofold.catalog.product.ProductState.Unknown;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// The rules of a product.
///
/// A product is created once and with a SKU of its own, changes until it is discontinued, and never
/// after. Each change comes down to one question: what shall the details be? They are checked as a
/// whole by [ProductRules], and what differs is recorded, so what is so already records nothing.
///
/// Before a creation the state tells of the events that could stand in its way: those of the
/// product and the creation of whichever product has the SKU.
public final class ProductDecider
        implements Decider<ProductCommand, ProductState, ProductEvent, ProductRefusal> {

    @Override
    public ProductState initial() {
        return new Unknown();
    }

    @Override
    public Decision<ProductEvent, ProductRefusal> decide(
            ProductCommand command, ProductState state) {
        return switch (state) {
            case Unknown _ ->
                    command instanceof CreateProduct create
                            ? create(create)
                            : Decision.refuse(new UnknownProduct(command.productId()));
            case Listed product -> change(command, product);
            case Discontinued _ ->
                    command instanceof DiscontinueProduct
                            ? Decision.unchanged()
                            : Decision.refuse(new NoLongerSold(command.productId()));
        };
    }

    private static Decision<ProductEvent, ProductRefusal> create(CreateProduct command) {
        Optional<ProductRefusal> fault = ProductRules.check(command.details());
        return fault.isPresent()
                ? Decision.refuse(fault.get())
                : Decision.accept(
                        new ProductCreated(command.productId(), command.sku(), command.details()));
    }

    private static Decision<ProductEvent, ProductRefusal> change(
            ProductCommand command, Listed product) {
        ProductDetails now = product.details();
        return switch (command) {
            case CreateProduct(var id, var sku, _) ->
                    Decision.refuse(
                            id.equals(product.productId())
                                    ? new ProductExists(id)
                                    : new SkuTaken(sku, product.productId()));
            case ReviseProduct(_, var details) -> revise(product, details);
            case UpdateProduct(_, var given, var stated) ->
                    revise(product, stated.over(now, given));
            case RenameProduct(_, var name) -> revise(product, now.withName(name));
            case DescribeProduct(_, var text) -> revise(product, now.withDescription(text));
            case ChangePrice(_, var price) ->
                    revise(product, now.withPrice(price, now.salePrice()));
            case ChangeSalePrice(_, var salePrice) ->
                    revise(product, now.withPrice(now.price(), salePrice));
            case AdjustStock(_, var by) ->
                    now.stock() + (long) by < 0
                            ? Decision.refuse(new NotEnoughStock(now.stock(), by))
                            : revise(product, now.withStock(saturatedSum(now.stock(), by)));
            case AssignBrand(_, var brandId) -> revise(product, now.withBrand(brandId));
            case AssignCategory(_, var categoryId) -> revise(product, now.withCategory(categoryId));
            case DiscontinueProduct(var id) -> Decision.accept(new ProductDiscontinued(id));
        };
    }

    /// Records what differs between the details now and those wanted.
    private static Decision<ProductEvent, ProductRefusal> revise(
            Listed product, ProductDetails wanted) {
        Optional<ProductRefusal> fault = ProductRules.check(wanted);
        if (fault.isPresent()) {
            return Decision.refuse(fault.get());
        }
        String id = product.productId();
        ProductDetails now = product.details();
        List<ProductEvent> events = new ArrayList<>();
        if (!wanted.name().equals(now.name())) {
            events.add(new ProductRenamed(id, wanted.name()));
        }
        if (!Objects.equals(wanted.description(), now.description())) {
            events.add(new ProductDescribed(id, wanted.description()));
        }
        if (!wanted.price().equals(now.price())
                || !Objects.equals(wanted.salePrice(), now.salePrice())) {
            events.add(new PriceChanged(id, wanted.price(), wanted.salePrice()));
        }
        if (wanted.stock() != now.stock()) {
            events.add(new StockAdjusted(id, wanted.stock() - now.stock(), wanted.stock()));
        }
        if (!Objects.equals(wanted.brandId(), now.brandId())) {
            events.add(new BrandAssigned(id, wanted.brandId()));
        }
        if (!Objects.equals(wanted.categoryId(), now.categoryId())) {
            events.add(new CategoryAssigned(id, wanted.categoryId()));
        }
        if (!wanted.attributes().equals(now.attributes())) {
            events.add(new AttributesChanged(id, wanted.attributes()));
        }
        return Decision.accept(events);
    }

    @Override
    public ProductState evolve(ProductState state, ProductEvent event) {
        return switch (event) {
            case ProductCreated(var id, var sku, var details) ->
                    state instanceof Unknown ? new Listed(id, sku, details, 1) : state;
            case ProductRenamed(_, var name) -> with(state, now -> now.withName(name));
            case ProductDescribed(_, var text) -> with(state, now -> now.withDescription(text));
            case PriceChanged(_, var price, var salePrice) ->
                    with(state, now -> now.withPrice(price, salePrice));
            case StockAdjusted(_, _, var stock) -> with(state, now -> now.withStock(stock));
            case BrandAssigned(_, var brandId) -> with(state, now -> now.withBrand(brandId));
            case CategoryAssigned(_, var categoryId) ->
                    with(state, now -> now.withCategory(categoryId));
            case AttributesChanged(_, var attributes) ->
                    with(state, now -> now.withAttributes(attributes));
            case ProductDiscontinued(var id) ->
                    new Discontinued(
                            id, state instanceof Listed product ? product.version() + 1 : 1);
        };
    }

    private static ProductState with(ProductState state, UnaryOperator<ProductDetails> change) {
        return state instanceof Listed(var id, var sku, var details, var version)
                ? new Listed(id, sku, change.apply(details), version + 1)
                : state;
    }

    private static int saturatedSum(int a, int b) {
        return Math.clamp((long) a + b, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
}
