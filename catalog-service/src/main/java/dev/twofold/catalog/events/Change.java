package dev.twofold.catalog.events;

import dev.twofold.RecordedEvent;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import java.time.Instant;
import java.util.Optional;

/// That something has changed, without what it has become: whoever may read it asks for it.
///
/// @param type of the event, as stored, such as `price-changed`
/// @param subject `product`, `brand` or `category`
/// @param id of the subject
/// @param version of the subject after it; 0 for a review, which is no change of the product's own
record Change(
        long position, String type, String subject, String id, long version, Instant recordedAt) {
    static final String PRODUCT = "product";
    private static final String REVIEWED = "reviewed";

    /// What an event of the log changes; empty for one that is of no concern here.
    static Optional<Change> of(RecordedEvent event) {
        StreamId stream = event.stream();
        if (stream == null) {
            return Optional.empty();
        }
        return switch (stream.category()) {
            case PRODUCT, "brand", "category" ->
                    Optional.of(of(event, stream.category(), stream.id(), event.version()));
            case "review" ->
                    event.tags().stream()
                            .filter(tag -> tag.name().equals(REVIEWED))
                            .map(Tag::value)
                            .map(product -> of(event, PRODUCT, product, 0))
                            .findFirst();
            default -> Optional.empty();
        };
    }

    private static Change of(RecordedEvent event, String subject, String id, long version) {
        return new Change(event.position(), event.type(), subject, id, version, event.recordedAt());
    }
}
