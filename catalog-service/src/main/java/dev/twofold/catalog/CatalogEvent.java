package dev.twofold.catalog;

/// Something that happened in the catalog.
///
/// Each slice has a sealed interface of its own below this one; [CatalogEvents] lists them all.
public interface CatalogEvent {}
