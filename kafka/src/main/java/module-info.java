import org.jspecify.annotations.NullMarked;

/// Relays a log to Kafka as CloudEvents, and feeds projections and other programs from there.
@NullMarked
module dev.twofold.kafka {
    requires transitive dev.twofold;
    requires transitive io.cloudevents.api;
    requires io.cloudevents.core;
    requires io.cloudevents.kafka;
    requires transitive java.sql;
    requires transitive kafka.clients;
    // annotations of the CloudEvents SDK refer to it
    requires static jsr305;
    requires static org.jspecify;

    exports dev.twofold.kafka;
}
