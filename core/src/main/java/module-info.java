/// Deciders, command handling, the contract of an event store, and views, on the JDK alone.
@org.jspecify.annotations.NullMarked
module dev.twofold {
    requires static transitive org.jspecify;

    exports dev.twofold;
}
