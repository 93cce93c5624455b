package dev.twofold.catalog.http;

import dev.twofold.postgres.TableAnswer;
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

    /// What was read from tables, with an entity tag of its content.
    <T> ResponseEntity<T> of(Freshness freshness, TableAnswer.Read<T> read) {
        byte[] content = WebSettings.JSON.writeValueAsBytes(read.content());
        return ok(freshness, read.reached())
                .eTag(EntityTag.ofContent(read.generation(), content))
                .body(read.content());
    }
}
