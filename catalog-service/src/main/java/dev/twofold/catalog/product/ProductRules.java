package dev.twofold.catalog.product;

import dev.twofold.catalog.TextRule;
import dev.twofold.catalog.product.ProductRefusal.InvalidValue;
import dev.twofold.catalog.product.ProductRefusal.SalePriceAbovePrice;
import dev.twofold.catalog.product.ProductRefusal.SalePriceInOtherCurrency;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What the values of any product must be like.
public final class ProductRules {
    public static final int MAX_STOCK = 1_000_000_000;
    static final int MAX_ATTRIBUTES = 100;
    static final int MAX_PRICE_DIGITS = 12;

    private static final TextRule ID = TextRule.line(100);
    private static final TextRule SKU = TextRule.line(100);
    private static final TextRule NAME = TextRule.line(200);
    private static final TextRule DESCRIPTION = TextRule.lines(5_000);
    private static final TextRule ATTRIBUTE_NAME = TextRule.line(100);
    private static final TextRule ATTRIBUTE = TextRule.lines(5_000);

    private static final Set<String> LINKS = Set.of("link", "image_link");

    private ProductRules() {}

    /// The first thing that is wrong with the details, if any.
    public static Optional<ProductRefusal> check(ProductDetails details) {
        return Stream.of(
                        text("name", details.name(), NAME),
                        text("description", details.description(), DESCRIPTION),
                        price("price", details.price()),
                        salePrice(details.salePrice(), details.price()),
                        stock(details.stock()),
                        text("brandId", details.brandId(), ID),
                        text("categoryId", details.categoryId(), ID),
                        attributes(details.attributes()))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /// What is wrong with a product's, a brand's or a category's id, if anything.
    static Optional<ProductRefusal> checkId(String productId) {
        return text("productId", productId, ID);
    }

    /// What is wrong with a SKU, if anything.
    public static Optional<ProductRefusal> checkSku(String sku) {
        return text("sku", sku, SKU);
    }

    private static Optional<ProductRefusal> text(
            String field, @Nullable String value, TextRule rule) {
        return value == null
                ? Optional.empty()
                : rule.fault(value).map(fault -> new InvalidValue(field, value, fault));
    }

    private static Optional<ProductRefusal> price(String field, Money price) {
        int decimals = Money.decimals(price.currency());
        if (price.amount().signum() < 0) {
            return invalid(field, price, "it is negative; give 0 or more");
        }
        if (price.amount().scale() > decimals) {
            return invalid(
                    field,
                    price,
                    "it has %d decimals, but %s has %d"
                            .formatted(price.amount().scale(), price.currency(), decimals));
        }
        if (price.amount().precision() - (long) price.amount().scale() > MAX_PRICE_DIGITS) {
            return invalid(
                    field,
                    price,
                    "it has more than %d digits before the point".formatted(MAX_PRICE_DIGITS));
        }
        return Optional.empty();
    }

    private static Optional<ProductRefusal> salePrice(@Nullable Money salePrice, Money price) {
        if (salePrice == null) {
            return Optional.empty();
        }
        if (!salePrice.currency().equals(price.currency())) {
            return Optional.of(new SalePriceInOtherCurrency(salePrice, price));
        }
        if (salePrice.amount().compareTo(price.amount()) > 0) {
            return Optional.of(new SalePriceAbovePrice(salePrice, price));
        }
        return price("salePrice", salePrice);
    }

    private static Optional<ProductRefusal> stock(int stock) {
        return stock < 0 || stock > MAX_STOCK
                ? invalid("stock", stock, "it is 0 to %,d".formatted(MAX_STOCK))
                : Optional.empty();
    }

    private static Optional<ProductRefusal> attributes(Map<String, String> attributes) {
        if (attributes.size() > MAX_ATTRIBUTES) {
            return invalid(
                    "attributes",
                    attributes.size() + " attributes",
                    "a product has at most %d".formatted(MAX_ATTRIBUTES));
        }
        return attributes.entrySet().stream()
                .flatMap(
                        one ->
                                Stream.of(
                                        text("attributes", one.getKey(), ATTRIBUTE_NAME),
                                        text(one.getKey(), one.getValue(), ATTRIBUTE),
                                        link(one.getKey(), one.getValue())))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<ProductRefusal> link(String attribute, String value) {
        return LINKS.contains(attribute)
                        && !value.startsWith("https://")
                        && !value.startsWith("http://")
                ? invalid(attribute, value, "a link starts with https:// or http://")
                : Optional.empty();
    }

    private static Optional<ProductRefusal> invalid(String field, Object value, String reason) {
        return Optional.of(new InvalidValue(field, value.toString(), reason));
    }
}
