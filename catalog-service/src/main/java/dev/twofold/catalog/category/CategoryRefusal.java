package dev.twofold.catalog.category;

import dev.twofold.catalog.Refusal;

/// Why a command for a category was turned down.
public sealed interface CategoryRefusal extends Refusal {

    /// The value cannot be right for any category.
    record InvalidValue(String field, String value, String reason) implements CategoryRefusal {}

    record UnknownCategory(String categoryId) implements CategoryRefusal {}

    record UnknownParent(String parentId) implements CategoryRefusal {}

    record IdTaken(String categoryId) implements CategoryRefusal {}

    record NameTaken(String name, String byCategoryId) implements CategoryRefusal {}

    /// The caller has seen another version than the one there is.
    record OtherVersion(String categoryId, long version) implements CategoryRefusal {}

    @Override
    default String field() {
        return switch (this) {
            case InvalidValue(var field, _, _) -> field;
            case UnknownCategory _, IdTaken _, OtherVersion _ -> "categoryId";
            case UnknownParent _ -> "parentId";
            case NameTaken _ -> "name";
        };
    }

    @Override
    default String value() {
        return switch (this) {
            case InvalidValue(_, var value, _) -> value;
            case UnknownCategory(var categoryId) -> categoryId;
            case UnknownParent(var parentId) -> parentId;
            case IdTaken(var categoryId) -> categoryId;
            case OtherVersion(var categoryId, _) -> categoryId;
            case NameTaken(var name, _) -> name;
        };
    }

    @Override
    default String reason() {
        return switch (this) {
            case InvalidValue(_, _, var reason) -> reason;
            case UnknownCategory _ -> "no category has this id; create it first";
            case UnknownParent _ -> "no category has this id; create the parent first";
            case OtherVersion(_, var version) -> "it is at version " + version + " now";
            case IdTaken _ -> "a category has this id; choose another one or leave it out";
            case NameTaken(_, var by) ->
                    "category " + by + " was created with this name in the same place";
        };
    }
}
