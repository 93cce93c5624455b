import org.jspecify.annotations.NullMarked;

/// Contract suites for event stores, given/when/then for deciders, and a history checker.
@NullMarked
module dev.twofold.testkit {
    requires embedded.postgres;
    requires transitive dev.twofold;
    requires transitive java.sql;
    requires transitive org.assertj.core;
    requires transitive org.junit.jupiter.api;
    requires static org.jspecify;

    exports dev.twofold.testkit;

    // the tests of a contract are not public
    opens dev.twofold.testkit to
            org.junit.platform.commons;
}
