package dev.twofold.benchmarks.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

@Entity
@Table(schema = "shop", name = "category")
@SuppressWarnings("NullAway.Init") // set by JPA
class Category {
    @Id String id;
    String name;

    @ManyToOne
    @JoinColumn(name = "parent_id")
    @Nullable Category parent;
}
