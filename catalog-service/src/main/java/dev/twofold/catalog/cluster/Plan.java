package dev.twofold.catalog.cluster;

import java.util.List;

/// What a cluster is made of, besides its folder.
///
/// @param java options of the Java that nodes and the broker run on
/// @param database what is added to the URLs of databases, such as `&socketTimeout=5`
record Plan(Libraries libraries, Ways ways, List<String> java, String database) {
    private static final List<String> JAVA =
            List.of("-Xmx384m", "-XX:+UseSerialGC", "-XX:+UseCompactObjectHeaders");

    Plan {
        java = List.copyOf(java);
    }

    static Plan standard() {
        return new Plan(Libraries.found(), Ways.STRAIGHT, JAVA, "");
    }
}
