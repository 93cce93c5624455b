import org.jspecify.annotations.NullMarked;

/// Stores events as JSON with Jackson 3.
@NullMarked
module dev.twofold.jackson {
    requires transitive dev.twofold;
    // at run time too: the codec asks which components are @Nullable
    requires org.jspecify;
    requires tools.jackson.databind;

    exports dev.twofold.jackson;
}
