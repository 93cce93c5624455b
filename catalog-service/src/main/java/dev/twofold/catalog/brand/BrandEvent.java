package dev.twofold.catalog.brand;

import dev.twofold.catalog.CatalogEvent;

/// What happened to a brand.
public sealed interface BrandEvent extends CatalogEvent {

    String brandId();

    record BrandCreated(String brandId, String name) implements BrandEvent {}

    record BrandRenamed(String brandId, String name) implements BrandEvent {}
}
