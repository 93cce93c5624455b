package dev.twofold.catalog.cluster;

/// How the parts of a cluster reach one another.
interface Ways {
    /// Each at the port where the other listens.
    Ways STRAIGHT = (_, _, port) -> port;

    /// The port of loopback at which one part, or all of a role, find another.
    ///
    /// @param port where the other listens, now or soon
    int way(String from, String to, int port);
}
