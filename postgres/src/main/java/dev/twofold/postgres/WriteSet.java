package dev.twofold.postgres;

import dev.twofold.Append;
import dev.twofold.Condition;
import dev.twofold.Condition.ExpectedVersion;
import dev.twofold.Condition.NoneMatching;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/// What the appends of a batch would write, to tell which further ones that may bear on.
///
/// Errs on the side of bearing: the tags that an item asks for count as written when they are,
/// though by different events.
final class WriteSet {
    private final Set<UUID> ids = new HashSet<>();
    private final Set<String> receipts = new HashSet<>();
    private final Set<StreamId> streams = new HashSet<>();
    private final Set<String> types = new HashSet<>();
    private final Set<Tag> tags = new HashSet<>();

    void add(Append append) {
        for (NewEvent event : append.events()) {
            ids.add(event.id());
            if (event.stream() != null) {
                streams.add(event.stream());
            }
            types.add(event.type());
            tags.addAll(event.tags());
        }
        if (append.receipt() != null) {
            receipts.add(append.receipt().key());
        }
    }

    boolean bearsOn(Append append) {
        return (append.receipt() != null && receipts.contains(append.receipt().key()))
                || append.events().stream().anyMatch(event -> ids.contains(event.id()))
                || append.conditions().stream().anyMatch(this::bearsOn);
    }

    private boolean bearsOn(Condition condition) {
        return switch (condition) {
            case ExpectedVersion(var stream, _) -> streams.contains(stream);
            case NoneMatching(var query, _) -> query.items().stream().anyMatch(this::bearsOn);
        };
    }

    private boolean bearsOn(Query.Item item) {
        return !ids.isEmpty()
                && (item.stream() == null || streams.contains(item.stream()))
                && (item.types().isEmpty() || item.types().stream().anyMatch(types::contains))
                && tags.containsAll(item.tags());
    }
}
