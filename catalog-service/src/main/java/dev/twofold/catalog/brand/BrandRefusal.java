package dev.twofold.catalog.brand;

import dev.twofold.catalog.Refusal;

/// Why a command for a brand was turned down.
public sealed interface BrandRefusal extends Refusal {

    /// The value cannot be right for any brand.
    record InvalidValue(String field, String value, String reason) implements BrandRefusal {}

    record UnknownBrand(String brandId) implements BrandRefusal {}

    record IdTaken(String brandId) implements BrandRefusal {}

    record NameTaken(String name, String byBrandId) implements BrandRefusal {}

    /// The caller has seen another version than the one there is.
    record OtherVersion(String brandId, long version) implements BrandRefusal {}

    @Override
    default String field() {
        return switch (this) {
            case InvalidValue(var field, _, _) -> field;
            case UnknownBrand _, IdTaken _, OtherVersion _ -> "brandId";
            case NameTaken _ -> "name";
        };
    }

    @Override
    default String value() {
        return switch (this) {
            case InvalidValue(_, var value, _) -> value;
            case UnknownBrand(var brandId) -> brandId;
            case IdTaken(var brandId) -> brandId;
            case OtherVersion(var brandId, _) -> brandId;
            case NameTaken(var name, _) -> name;
        };
    }

    @Override
    default String reason() {
        return switch (this) {
            case InvalidValue(_, _, var reason) -> reason;
            case UnknownBrand _ -> "no brand has this id; create it first";
            case OtherVersion(_, var version) -> "it is at version " + version + " now";
            case IdTaken _ -> "a brand has this id; choose another one or leave it out";
            case NameTaken(_, var by) -> "brand " + by + " was created with this name";
        };
    }
}
