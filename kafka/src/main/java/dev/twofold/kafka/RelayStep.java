package dev.twofold.kafka;

/// The points between which a relay can be interrupted, in the order in which it passes them.
enum RelayStep {
    LEASED,
    FENCED,
    LOCATED,
    READ,
    BEGUN,
    SENT,
    MARKED,
    COMMITTED,
    KEPT
}
