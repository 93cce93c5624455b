package dev.twofold.benchmarks.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

@Entity
@Table(schema = "shop", name = "brand")
@SuppressWarnings("NullAway.Init") // set by JPA
class Brand {
    @Id String id;
    String name;
}
