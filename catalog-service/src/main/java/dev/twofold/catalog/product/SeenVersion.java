package dev.twofold.catalog.product;

import dev.twofold.Decider;
import dev.twofold.Decision;
import dev.twofold.catalog.product.ProductRefusal.OtherVersion;
import dev.twofold.catalog.product.ProductState.Discontinued;
import dev.twofold.catalog.product.ProductState.Listed;
import dev.twofold.catalog.product.ProductState.Unknown;
import java.util.function.LongPredicate;

/// The rules of a product for callers who will change only what they have seen.
///
/// @param rules what holds besides
/// @param expected which versions of the product the caller will have changed
record SeenVersion(
        Decider<ProductCommand, ProductState, ProductEvent, ProductRefusal> rules,
        LongPredicate expected)
        implements Decider<ProductCommand, ProductState, ProductEvent, ProductRefusal> {

    @Override
    public ProductState initial() {
        return rules.initial();
    }

    @Override
    public Decision<ProductEvent, ProductRefusal> decide(
            ProductCommand command, ProductState state) {
        return switch (state) {
            case Unknown _ -> rules.decide(command, state);
            case Listed(_, _, _, var version) -> decide(command, state, version);
            case Discontinued(_, var version) -> decide(command, state, version);
        };
    }

    private Decision<ProductEvent, ProductRefusal> decide(
            ProductCommand command, ProductState state, long version) {
        return expected.test(version)
                ? rules.decide(command, state)
                : Decision.refuse(new OtherVersion(command.productId(), version));
    }

    @Override
    public ProductState evolve(ProductState state, ProductEvent event) {
        return rules.evolve(state, event);
    }
}
