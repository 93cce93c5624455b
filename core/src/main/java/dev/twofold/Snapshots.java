package dev.twofold;

import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.function.Function;

/// How a handler keeps snapshots of its states, so that a long stream is not folded from its start.
///
/// A load that had to fold at least `every` events leaves a snapshot. Raise the revision when the
/// state's shape or its fold changes: snapshots of another revision are passed over, and replaced.
///
/// @param name of the kind of state, at most 100 characters
/// @param write makes the state's stored form
/// @param read the reverse of `write`
public record Snapshots<S>(
        SnapshotStore store,
        String name,
        int revision,
        int every,
        Function<? super S, String> write,
        Function<String, ? extends S> read) {
    private static final System.Logger LOG = System.getLogger(Snapshots.class.getName());

    public Snapshots {
        Text.require("the name of a kind of snapshot", name, 100);
        if (revision < 1) {
            throw new IllegalArgumentException(
                    "the revision of snapshots \"%s\" is 1 or more, but was %d"
                            .formatted(name, revision));
        }
        if (every < 1) {
            throw new IllegalArgumentException(
                    "snapshots \"%s\" are taken every 1 or more events, but every %d was asked for"
                            .formatted(name, every));
        }
    }

    /// The snapshot's state if there is one of this revision that can be read, else the given
    /// start: a snapshot only saves time, so a command never fails by one.
    Known<S> find(Query boundary, Known<S> start) {
        return store.find(name, boundary)
                .filter(snapshot -> snapshot.revision() == revision)
                .flatMap(this::known)
                .orElse(start);
    }

    private Optional<Known<S>> known(SnapshotStore.Snapshot snapshot) {
        try {
            return Optional.of(new Known<>(read.apply(snapshot.state()), snapshot.position()));
        } catch (RuntimeException e) {
            LOG.log(
                    Level.WARNING,
                    "snapshot \"%s\" at position %d, of revision %d, cannot be read and is passed over; raise the revision if the shape of the state has changed"
                            .formatted(name, snapshot.position(), revision),
                    e);
            return Optional.empty();
        }
    }

    void save(Query boundary, Known<S> known) {
        store.save(
                new SnapshotStore.Snapshot(
                        name, revision, boundary, known.position(), write.apply(known.state())));
    }
}
