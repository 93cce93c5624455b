package dev.twofold.benchmarks.shop;

import dev.twofold.benchmarks.shop.ProductPage.Step;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.data.domain.PageRequest;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/// By Spring Data JPA: entities with their relations, of which pages are made in memory.
final class JpaShop implements Shop {
    private final Products products;
    private final TransactionTemplate reading;
    private final TransactionTemplate writing;
    private final boolean fetching;

    /// @param fetching whether relations come with the product by joins, and are not loaded one by
    ///   one as they are touched
    JpaShop(Products products, PlatformTransactionManager transactions, boolean fetching) {
        this.products = products;
        this.reading = new TransactionTemplate(transactions);
        this.reading.setReadOnly(true);
        this.writing = new TransactionTemplate(transactions);
        this.fetching = fetching;
    }

    @Override
    public @Nullable ProductPage find(String id) {
        return reading.execute(
                _ ->
                        (fetching ? products.fetchById(id) : products.findById(id))
                                .map(JpaShop::page)
                                .orElse(null));
    }

    @Override
    public List<ProductPage> bestRated(String categoryId, int limit) {
        return inTransaction(() -> products.bestRated(categoryId, PageRequest.ofSize(limit)));
    }

    @Override
    public List<ProductPage> search(String words, int limit) {
        return inTransaction(() -> products.search(words, limit));
    }

    @Override
    public void changePrice(String id, BigDecimal price) {
        writing.executeWithoutResult(_ -> products.findById(id).orElseThrow().price = price);
    }

    private List<ProductPage> inTransaction(Supplier<List<String>> ids) {
        return Objects.requireNonNull(reading.execute(_ -> pages(ids.get())));
    }

    private List<ProductPage> pages(List<String> ids) {
        if (!fetching) {
            return ids.stream()
                    .map(products::findById)
                    .map(found -> page(found.orElseThrow()))
                    .toList();
        }
        Map<String, Product> found =
                products.fetchAllById(ids).stream()
                        .collect(Collectors.toMap(product -> product.id, Function.identity()));
        return ids.stream().map(id -> page(Objects.requireNonNull(found.get(id)))).toList();
    }

    private static ProductPage page(Product product) {
        long total = product.reviews.stream().mapToLong(review -> review.rating).sum();
        long reviews = product.reviews.size();
        return new ProductPage(
                product.id,
                product.sku,
                product.name,
                product.description,
                product.price,
                product.currency,
                ProductPage.formatted(product.price, product.currency),
                product.inventory.stock,
                product.inventory.stock > 0,
                product.brand.id,
                product.brand.name,
                product.category.id,
                product.category.name,
                path(product.category),
                ProductPage.average(total, reviews),
                reviews,
                product.version);
    }

    private static List<Step> path(Category category) {
        Step step = new Step(category.id, category.name);
        return category.parent == null
                ? List.of(step)
                : List.of(new Step(category.parent.id, category.parent.name), step);
    }
}
