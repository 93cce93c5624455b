package dev.twofold.postgres;

/// What happens to the orders of a small shop, and to the customers who place them.
sealed interface OrderEvent {
    record CustomerRegistered(String customer, String name) implements OrderEvent {}

    record CustomerRenamed(String customer, String name) implements OrderEvent {}

    record OrderPlaced(String order, String customer) implements OrderEvent {}

    record ItemAdded(String order, int quantity) implements OrderEvent {}

    record OrderCancelled(String order) implements OrderEvent {}
}
