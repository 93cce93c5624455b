package dev.twofold.benchmarks.shop;

import java.math.BigDecimal;
import java.util.List;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// A shop over HTTP, at the addresses of the catalog.
@RestController
class ShopEndpoints {
    private final Shop shop;

    ShopEndpoints(Shop shop) {
        this.shop = shop;
    }

    record Listing(List<ProductPage> items) {}

    record Price(BigDecimal price, String currency) {}

    @GetMapping("/products/{id}")
    ResponseEntity<ProductPage> page(@PathVariable String id) {
        ProductPage page = shop.find(id);
        return page == null ? ResponseEntity.notFound().build() : ResponseEntity.ok(page);
    }

    /// Of what may be asked for, in stock and by rating.
    @GetMapping("/products")
    Listing list(@RequestParam String category, @RequestParam(defaultValue = "20") int limit) {
        return new Listing(shop.bestRated(category, limit));
    }

    @GetMapping("/search")
    Listing search(@RequestParam String q, @RequestParam(defaultValue = "20") int limit) {
        return new Listing(shop.search(q, limit));
    }

    @PostMapping("/products/{id}/price")
    ResponseEntity<?> changePrice(@PathVariable String id, @RequestBody Price body) {
        shop.changePrice(id, body.price);
        return ResponseEntity.noContent().build();
    }
}
