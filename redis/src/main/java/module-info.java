import org.jspecify.annotations.NullMarked;

/// Documents kept near in memory and far in Redis, never older than asked for.
@NullMarked
module dev.twofold.redis {
    requires com.github.benmanes.caffeine;
    requires lettuce.core;
    requires io.netty.common;
    requires static transitive org.jspecify;

    exports dev.twofold.redis;
}
