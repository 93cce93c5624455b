package dev.twofold.catalog.product;

import dev.twofold.catalog.Refusal;

/// Why a command for a product was turned down.
public sealed interface ProductRefusal extends Refusal {

    /// The value cannot be right for any product.
    record InvalidValue(String field, String value, String reason) implements ProductRefusal {}

    record UnknownProduct(String productId) implements ProductRefusal {}

    record ProductExists(String productId) implements ProductRefusal {}

    record SkuTaken(String sku, String byProductId) implements ProductRefusal {}

    record NoLongerSold(String productId) implements ProductRefusal {}

    record NotEnoughStock(int stock, int by) implements ProductRefusal {}

    record SalePriceAbovePrice(Money salePrice, Money price) implements ProductRefusal {}

    record SalePriceInOtherCurrency(Money salePrice, Money price) implements ProductRefusal {}

    /// The caller has seen another version than the one there is.
    record OtherVersion(String productId, long version) implements ProductRefusal {}

    record UnknownBrand(String brandId) implements ProductRefusal {}

    record UnknownCategory(String categoryId) implements ProductRefusal {}

    @Override
    default String field() {
        return switch (this) {
            case InvalidValue(var field, _, _) -> field;
            case UnknownProduct _, ProductExists _, NoLongerSold _, OtherVersion _ -> "productId";
            case SkuTaken _ -> "sku";
            case NotEnoughStock _ -> "by";
            case SalePriceAbovePrice _, SalePriceInOtherCurrency _ -> "salePrice";
            case UnknownBrand _ -> "brandId";
            case UnknownCategory _ -> "categoryId";
        };
    }

    @Override
    default String value() {
        return switch (this) {
            case InvalidValue(_, var value, _) -> value;
            case UnknownProduct(var productId) -> productId;
            case ProductExists(var productId) -> productId;
            case NoLongerSold(var productId) -> productId;
            case OtherVersion(var productId, _) -> productId;
            case SkuTaken(var sku, _) -> sku;
            case NotEnoughStock(_, var by) -> Integer.toString(by);
            case SalePriceAbovePrice(var salePrice, _) -> salePrice.toString();
            case SalePriceInOtherCurrency(var salePrice, _) -> salePrice.toString();
            case UnknownBrand(var brandId) -> brandId;
            case UnknownCategory(var categoryId) -> categoryId;
        };
    }

    @Override
    default String reason() {
        return switch (this) {
            case InvalidValue(_, _, var reason) -> reason;
            case UnknownProduct _ -> "no product has this id; create it first";
            case ProductExists _ -> "a product with this id was created before";
            case NoLongerSold _ -> "the product was discontinued and cannot be changed any more";
            case OtherVersion(_, var version) -> "the product is at version " + version + " now";
            case SkuTaken(_, var by) -> "product " + by + " has this SKU; choose another one";
            case NotEnoughStock(var stock, _) -> "the stock is " + stock + " and cannot go below 0";
            case SalePriceAbovePrice(_, var price) ->
                    "the sale price is at most the price, which is " + price;
            case SalePriceInOtherCurrency(_, var price) ->
                    "the sale price is in the currency of the price, " + price.currency();
            case UnknownBrand _ -> "no brand has this id; create it first";
            case UnknownCategory _ -> "no category has this id; create it first";
        };
    }
}
