/// Wiring of the toolkit for Spring Boot: interceptors for validation and observation.
@org.jspecify.annotations.NullMarked
module dev.twofold.spring {
    requires transitive dev.twofold;
    requires static transitive org.jspecify;
    requires transitive jakarta.validation;
    requires transitive micrometer.observation;

    exports dev.twofold.spring;
}
