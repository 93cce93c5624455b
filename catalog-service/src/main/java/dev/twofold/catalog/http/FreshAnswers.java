package dev.twofold.catalog.http;

import dev.twofold.postgres.TableAnswer;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/// Answers that say how fresh they are, and what caches may do with them.
record FreshAnswers(LogEpoch epoch, CachePolicy caching) {

    /// One without content so far.
    ///
    /// @param reached position of the log that it reflects
    ResponseEntity.BodyBuilder ok(Freshness freshness, long reached) {
        ResponseEntity.BodyBuilder answer =
                caching.apply(ResponseEntity.ok())
                        .header(ConsistencyToken.HEADER, epoch.token(reached).toString());
        return freshness.waits()
                ? answer.header(Preferences.APPLIED, Preferences.applied(freshness.patience()))
                : answer;
    }

    /// What is shown of something that was read from tables, as JSON that is written once: for the
    /// entity tag and for the caller.
    ResponseEntity<byte[]> json(Freshness freshness, TableAnswer.Read<?> read, Object shown) {
        byte[] content = WebSettings.JSON.writeValueAsBytes(shown);
        return ok(freshness, read.reached())
                .eTag(EntityTag.ofContent(read.generation(), content))
                .contentType(MediaType.APPLICATION_JSON)
                .body(content);
    }

    /// The same with what is shown.
    <S> Shown<S> shown(Freshness freshness, TableAnswer.Read<?> read, S shown) {
        return new Shown<>(shown, json(freshness, read, shown));
    }
}
