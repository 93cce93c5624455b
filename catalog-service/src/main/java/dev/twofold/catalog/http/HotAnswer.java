package dev.twofold.catalog.http;

import java.nio.ByteBuffer;
import java.util.List;
import org.eclipse.jetty.http.HttpField;
import org.jspecify.annotations.Nullable;

/// An answer that is ready to be sent, once.
///
/// @param common headers that all answers of its kind have
/// @param own headers of this one
/// @param body null if it has none
public record HotAnswer(
        int status, List<HttpField> common, List<HttpField> own, @Nullable ByteBuffer body) {}
