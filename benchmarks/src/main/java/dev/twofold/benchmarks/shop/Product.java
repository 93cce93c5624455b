package dev.twofold.benchmarks.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OneToOne;
import jakarta.persistence.PrimaryKeyJoinColumn;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.math.BigDecimal;
import java.util.List;

@Entity
@Table(schema = "shop", name = "product")
@SuppressWarnings("NullAway.Init") // set by JPA
class Product {
    @Id String id;
    String sku;
    String name;
    String description;
    BigDecimal price;
    String currency;
    @Version long version;

    @OneToOne @PrimaryKeyJoinColumn Inventory inventory;

    @ManyToOne
    @JoinColumn(name = "brand_id")
    Brand brand;

    @ManyToOne
    @JoinColumn(name = "category_id")
    Category category;

    @OneToMany(mappedBy = "product")
    List<Review> reviews;
}
