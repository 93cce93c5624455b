/// Wiring of the toolkit for Spring Boot: the log, the command bus and the projections as beans,
/// with health, metrics and properties.
@org.jspecify.annotations.NullMarked
module dev.twofold.spring {
    requires com.zaxxer.hikari;
    requires dev.twofold.jackson;
    requires dev.twofold.postgres;
    requires java.sql;
    requires micrometer.commons;
    requires spring.beans;
    requires spring.boot;
    requires spring.boot.autoconfigure;
    requires spring.context;
    requires spring.core;
    requires transitive dev.twofold;
    requires transitive jakarta.validation;
    requires transitive micrometer.observation;
    requires static micrometer.core;
    requires static spring.boot.health;
    requires static transitive org.jspecify;

    exports dev.twofold.spring;
}
