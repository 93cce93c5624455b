package dev.twofold.catalog.feed;

import dev.twofold.Decision.Accept;
import dev.twofold.Decision.Refuse;
import dev.twofold.UuidV7;
import dev.twofold.catalog.brand.Brands;
import dev.twofold.catalog.category.Categories;
import dev.twofold.catalog.product.ProductCommand;
import dev.twofold.catalog.product.ProductCommand.CreateProduct;
import dev.twofold.catalog.product.ProductCommand.UpdateProduct;
import dev.twofold.catalog.product.ProductDecider;
import dev.twofold.catalog.product.ProductDetails;
import dev.twofold.catalog.product.ProductEvent;
import dev.twofold.catalog.product.ProductRefusal;
import dev.twofold.catalog.product.ProductState;
import dev.twofold.catalog.product.ProductState.Discontinued;
import dev.twofold.catalog.product.ProductState.Listed;
import dev.twofold.catalog.product.ProductState.Unknown;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Tells what carrying lines of a feed out would come to.
record FeedPreview(Brands brands, Categories categories) implements FeedTarget {

    private static final ProductDecider DECIDER = new ProductDecider();

    /// Stands for a brand or a category that would be created.
    private static final String NEW = "(new)";

    @Override
    public Map<String, String> brands(Collection<String> names) {
        return withNew(names, brands.ids(names));
    }

    @Override
    public Map<List<String>, String> categories(Collection<List<String>> paths) {
        return withNew(paths, categories.ids(paths));
    }

    @Override
    public Result accept(FeedItem item, ProductDetails details, ProductState state) {
        ProductCommand command =
                switch (state) {
                    case Unknown _ ->
                            new CreateProduct(UuidV7.next().toString(), item.sku(), details);
                    case Listed product ->
                            new UpdateProduct(product.productId(), details, item.stated());
                    case Discontinued product ->
                            new UpdateProduct(product.productId(), details, item.stated());
                };
        return switch (DECIDER.decide(command, state)) {
            case Accept<ProductEvent, ProductRefusal>(var events) ->
                    state instanceof Unknown
                            ? new Result.Created()
                            : new Result.Revised(events.size());
            case Refuse<ProductEvent, ProductRefusal>(var reason) ->
                    new Result.Rejected(FeedReader.problem(item.line(), reason));
        };
    }

    private static <T> Map<T, String> withNew(Collection<T> names, Map<T, String> known) {
        Map<T, String> ids = new HashMap<>(known);
        names.forEach(name -> ids.putIfAbsent(name, NEW));
        return ids;
    }
}
