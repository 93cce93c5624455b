package dev.twofold.postgres;

import java.util.List;

/// Which partitions are whose, among the nodes that are there.
///
/// @param own the name of this node
/// @param nodes in the order of their names
record Shares(String own, List<Node> nodes) {

    /// @param projections name and revision of each that the node can do
    record Node(String name, List<String> projections) {}

    /// Whether a partition is this node's. The partitions of a projection go round the nodes, and
    /// projections begin at different ones, so that those with one partition are spread too.
    boolean isOwn(String projection, int partition) {
        List<String> able =
                nodes.stream()
                        .filter(node -> node.projections.contains(projection))
                        .map(Node::name)
                        .toList();
        return !able.isEmpty()
                && able.get((int) ((Partition.hash(projection) + partition) % able.size()))
                        .equals(own);
    }
}
