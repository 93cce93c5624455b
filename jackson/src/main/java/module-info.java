import org.jspecify.annotations.NullMarked;

/// Stores events as JSON with Jackson 3.
@NullMarked
module dev.twofold.jackson {
    requires transitive dev.twofold;
    requires static org.jspecify;
}
