package dev.twofold.benchmarks.shop;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

@Entity
@Table(schema = "shop", name = "inventory")
@SuppressWarnings("NullAway.Init") // set by JPA
class Inventory {
    @Id
    @Column(name = "product_id")
    String productId;

    int stock;
}
