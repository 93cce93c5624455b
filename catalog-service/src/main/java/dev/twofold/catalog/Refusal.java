package dev.twofold.catalog;

/// Why a command was turned down: which field, what it held, and what is wrong with it.
///
/// Each slice has a sealed interface of its own below this one, with a record for each reason.
public interface Refusal {

    /// The name of the field as callers know it, such as `salePrice`.
    String field();

    /// What the field held.
    String value();

    /// What is wrong, and what would be right.
    String reason();
}
