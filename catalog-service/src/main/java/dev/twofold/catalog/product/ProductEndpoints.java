package dev.twofold.catalog.product;

import dev.twofold.catalog.http.CommandAnswers;
import dev.twofold.catalog.http.CommandAnswers.Subject;
import dev.twofold.catalog.http.CommandRequest;
import dev.twofold.catalog.http.IfMatch;
import dev.twofold.catalog.http.Problem;
import dev.twofold.catalog.http.ViewQuery;
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
import java.math.BigDecimal;
import java.util.Currency;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// Commands for products over HTTP.
@RestController
@RequestMapping("/products")
final class ProductEndpoints {
    private final Products products;
    private final CommandAnswers answers;
    private final ViewQuery<ProductPage> pages;

    ProductEndpoints(Products products, CommandAnswers answers, ViewQuery<ProductPage> pages) {
        this.products = products;
        this.answers = answers;
        this.pages = pages;
    }

    /// @param productId made up if it is left out
    record Creation(
            @Nullable String productId,
            String sku,
            String name,
            @Nullable String description,
            BigDecimal price,
            String currency,
            @Nullable BigDecimal salePrice,
            @Nullable Integer stock,
            @Nullable String brandId,
            @Nullable String categoryId,
            @Nullable Map<String, String> attributes) {
        ProductDetails details() {
            return new Revision(
                            name,
                            description,
                            price,
                            currency,
                            salePrice,
                            stock,
                            brandId,
                            categoryId,
                            attributes)
                    .details();
        }
    }

    @PostMapping
    ResponseEntity<?> create(@RequestBody Creation body, CommandRequest request) {
        request.ifMatch().refused();
        String id = body.productId == null ? UUID.randomUUID().toString() : body.productId;
        return handle(
                new CreateProduct(id, body.sku, body.details()), "The product is created", request);
    }

    /// All details of a product; what is left out becomes empty.
    record Revision(
            String name,
            @Nullable String description,
            BigDecimal price,
            String currency,
            @Nullable BigDecimal salePrice,
            @Nullable Integer stock,
            @Nullable String brandId,
            @Nullable String categoryId,
            @Nullable Map<String, String> attributes) {
        ProductDetails details() {
            Currency unit = unit(currency);
            return new ProductDetails(
                    name,
                    description,
                    new Money(price, unit),
                    salePrice == null ? null : new Money(salePrice, unit),
                    stock == null ? 0 : stock,
                    brandId,
                    categoryId,
                    attributes == null ? Map.of() : attributes);
        }
    }

    @PutMapping("/{id}")
    ResponseEntity<?> revise(
            @PathVariable String id, @RequestBody Revision body, CommandRequest request) {
        request.ifMatch().required();
        return handle(new ReviseProduct(id, body.details()), "The product is revised", request);
    }

    record Name(String name) {}

    @PostMapping("/{id}/name")
    ResponseEntity<?> rename(
            @PathVariable String id, @RequestBody Name body, CommandRequest request) {
        return handle(new RenameProduct(id, body.name), "The product is renamed", request);
    }

    record Description(@Nullable String description) {}

    @PostMapping("/{id}/description")
    ResponseEntity<?> describe(
            @PathVariable String id, @RequestBody Description body, CommandRequest request) {
        return handle(
                new DescribeProduct(id, body.description), "The product is described", request);
    }

    record Price(BigDecimal price, String currency) {}

    @PostMapping("/{id}/price")
    ResponseEntity<?> changePrice(
            @PathVariable String id, @RequestBody Price body, CommandRequest request) {
        return handle(
                new ChangePrice(id, new Money(body.price, unit(body.currency))),
                "The price is changed",
                request);
    }

    /// @param salePrice null ends the sale
    record SalePrice(@Nullable BigDecimal salePrice, @Nullable String currency) {}

    @PostMapping("/{id}/sale-price")
    ResponseEntity<?> changeSalePrice(
            @PathVariable String id, @RequestBody SalePrice body, CommandRequest request) {
        if (body.salePrice == null) {
            return handle(new ChangeSalePrice(id, null), "The sale is over", request);
        }
        if (body.currency == null) {
            throw Problem.of(
                            HttpStatus.BAD_REQUEST,
                            "missing-field",
                            "the field \"currency\" is missing; a sale price has one")
                    .field("currency", null);
        }
        return handle(
                new ChangeSalePrice(id, new Money(body.salePrice, unit(body.currency))),
                "The product is on sale",
                request);
    }

    /// @param by what is added to the stock, or taken from it when negative
    record Stock(int by) {}

    @PostMapping("/{id}/stock")
    ResponseEntity<?> adjustStock(
            @PathVariable String id, @RequestBody Stock body, CommandRequest request) {
        return handle(new AdjustStock(id, body.by), "The stock is adjusted", request);
    }

    /// @param brandId null for none
    record BrandChoice(@Nullable String brandId) {}

    @PostMapping("/{id}/brand")
    ResponseEntity<?> assignBrand(
            @PathVariable String id, @RequestBody BrandChoice body, CommandRequest request) {
        return handle(new AssignBrand(id, body.brandId), "The brand is assigned", request);
    }

    /// @param categoryId null for none
    record CategoryChoice(@Nullable String categoryId) {}

    @PostMapping("/{id}/category")
    ResponseEntity<?> assignCategory(
            @PathVariable String id, @RequestBody CategoryChoice body, CommandRequest request) {
        return handle(new AssignCategory(id, body.categoryId), "The category is assigned", request);
    }

    @DeleteMapping("/{id}")
    ResponseEntity<?> discontinue(@PathVariable String id, CommandRequest request) {
        return handle(new DiscontinueProduct(id), "The product is discontinued", request);
    }

    private ResponseEntity<?> handle(ProductCommand command, String done, CommandRequest request) {
        Subject subject =
                new Subject(
                        "productId",
                        "/products",
                        done,
                        command instanceof CreateProduct,
                        (id, freshness) -> pages.find("product", id, freshness));
        return answers.answer(
                request,
                subject,
                once -> products.handle(command, request.metadata(), request.ifMatch(), once),
                _ -> command.productId(),
                ProductEndpoints::problem);
    }

    private static Problem problem(ProductRefusal refusal) {
        return switch (refusal) {
            case ProductRefusal.InvalidValue r ->
                    CommandAnswers.refused(r, HttpStatus.UNPROCESSABLE_CONTENT, "invalid-value");
            case ProductRefusal.UnknownProduct r ->
                    CommandAnswers.refused(r, HttpStatus.NOT_FOUND, "unknown-product");
            case ProductRefusal.ProductExists r ->
                    CommandAnswers.refused(r, HttpStatus.CONFLICT, "product-exists");
            case ProductRefusal.SkuTaken r ->
                    CommandAnswers.refused(r, HttpStatus.CONFLICT, "sku-taken")
                            .with("byProductId", r.byProductId());
            case ProductRefusal.NoLongerSold r ->
                    CommandAnswers.refused(r, HttpStatus.CONFLICT, "no-longer-sold");
            case ProductRefusal.OtherVersion r -> IfMatch.mismatch(r.version());
            case ProductRefusal.NotEnoughStock r ->
                    CommandAnswers.refused(r, HttpStatus.CONFLICT, "not-enough-stock")
                            .with("stock", r.stock());
            case ProductRefusal.SalePriceAbovePrice r ->
                    CommandAnswers.refused(
                            r, HttpStatus.UNPROCESSABLE_CONTENT, "sale-price-above-price");
            case ProductRefusal.SalePriceInOtherCurrency r ->
                    CommandAnswers.refused(
                            r, HttpStatus.UNPROCESSABLE_CONTENT, "sale-price-in-other-currency");
            case ProductRefusal.UnknownBrand r ->
                    CommandAnswers.refused(r, HttpStatus.UNPROCESSABLE_CONTENT, "unknown-brand");
            case ProductRefusal.UnknownCategory r ->
                    CommandAnswers.refused(r, HttpStatus.UNPROCESSABLE_CONTENT, "unknown-category");
        };
    }

    private static Currency unit(String code) {
        try {
            return Currency.getInstance(code);
        } catch (IllegalArgumentException _) {
            throw Problem.of(
                            HttpStatus.UNPROCESSABLE_CONTENT,
                            "invalid-value",
                            "currency \"%s\": it is an ISO 4217 code such as INR".formatted(code))
                    .field("currency", code);
        }
    }
}
