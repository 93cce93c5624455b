package dev.twofold.catalog.brand;

import org.jspecify.annotations.Nullable;

/// What can be asked of brands.
public sealed interface BrandCommand {

    /// @param brandId null to have one made from the name
    record CreateBrand(@Nullable String brandId, String name) implements BrandCommand {}

    record RenameBrand(String brandId, String name) implements BrandCommand {}
}
