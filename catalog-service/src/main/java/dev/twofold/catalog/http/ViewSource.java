package dev.twofold.catalog.http;

import dev.twofold.postgres.ViewAnswer.Behind;
import dev.twofold.postgres.ViewAnswer.Found;
import dev.twofold.postgres.ViewAnswer.Missing;
import dev.twofold.postgres.ViewReader;
import dev.twofold.redis.Answer;
import dev.twofold.redis.Payload;
import dev.twofold.redis.Source;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// The documents of a view as they are answered, for a cache: JSON, with the entity tag.
///
/// @param <D> documents of the view
public final class ViewSource<D> implements Source {
    private final ViewReader<D> reader;
    private final ToLongFunction<D> version;

    /// @param version that commands compare with `If-Match`
    public ViewSource(ViewReader<D> reader, ToLongFunction<D> version) {
        this.reader = reader;
        this.version = version;
    }

    @Override
    public @Nullable Answer find(String key, long notOlderThan) {
        return switch (reader.find(key, notOlderThan)) {
            case Found<D>(var document, var position, var reached, var generation) ->
                    new Answer(
                            generation,
                            position,
                            reached,
                            Payload.of(
                                    EntityTag.ofDocument(
                                            generation, position, version.applyAsLong(document)),
                                    WebSettings.JSON.writeValueAsBytes(document)));
            case Missing<D>(var reached, var generation) ->
                    new Answer(generation, reached, reached, null);
            case Behind<D> _ -> null;
        };
    }

    @Override
    public Standing standing() {
        return reader.standing()
                .map(standing -> new Standing(standing.generation(), standing.checkpoint()))
                .orElseThrow(() -> new IllegalStateException("the view is not there yet"));
    }
}
