package dev.twofold.postgres;

import dev.twofold.Recorded;
import dev.twofold.postgres.FanOuts.Pending;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// Works off what is pending in one partition of a view, a piece at a time.
///
/// The events are read from the log, and the keys of the documents listed, before the checkpoint is
/// locked. A list may be old: none is missing in it, as no document comes to be concerned by an
/// event of the past, and which of them are still concerned is found out when they are loaded.
///
/// Not safe for use by many threads.
final class FanOutWork<E> {
    /// Keys that are listed at once.
    private static final int LISTED = 50_000;

    private final DataSource dataSource;
    private final ViewProjection<E, ?> view;
    private final LogPages<E> log;
    private final BatchSize size;
    private final Map<Long, List<Recorded<E>>> events = new HashMap<>();
    private @Nullable Listed listed;
    private @Nullable Piece atHand;
    private @Nullable EventFailure refusal;

    /// The next keys after one, those of other partitions included.
    ///
    /// @param last whether there are no more
    private record Listed(long position, String after, List<String> keys, boolean last) {

        /// Those after a key.
        Listed from(String key) {
            return new Listed(
                    position,
                    key,
                    keys.stream().dropWhile(each -> !each.equals(key)).skip(1).toList(),
                    last);
        }
    }

    /// Documents to be folded in one transaction.
    ///
    /// @param upTo the last key, which may be another partition's
    /// @param last whether these are the last ones
    record Piece(long position, String upTo, Set<String> keys, boolean last) {}

    FanOutWork(DataSource dataSource, ViewProjection<E, ?> view, LogPages<E> log) {
        this.dataSource = dataSource;
        this.view = view;
        this.log = log;
        this.size = new BatchSize(Math.max(1, view.atOnce() / 10), Math.max(1, view.atOnce()));
    }

    ViewProjection<E, ?> view() {
        return view;
    }

    /// Reads what the next piece needs.
    ///
    /// @throws IllegalStateException if an event cannot be read any more
    void prepare(Partition partition) throws SQLException {
        atHand = null;
        List<Pending> pending =
                Transaction.run(dataSource, new FanOuts(view.name(), partition)::all);
        events.keySet().retainAll(pending.stream().map(Pending::position).toList());
        for (Pending each : pending) {
            if (!events.containsKey(each.position())) {
                events.put(each.position(), log.event(each.position()));
            }
        }
        if (pending.isEmpty() || isListed(pending.getFirst())) {
            return;
        }
        Pending first = pending.getFirst();
        List<String> keys =
                Transaction.run(
                        dataSource,
                        connection ->
                                view.own(partition.generation())
                                        .concerned(
                                                connection,
                                                first.names(),
                                                first.position(),
                                                first.afterKey(),
                                                LISTED));
        listed = new Listed(first.position(), first.afterKey(), keys, keys.size() < LISTED);
    }

    private boolean isListed(Pending first) {
        Listed now = listed;
        return now != null
                && now.position == first.position()
                && now.after.equals(first.afterKey())
                && (now.last || !now.keys.isEmpty());
    }

    /// Remembers events that have come to be pending.
    void remember(List<Recorded<E>> batch, Set<Long> positions) {
        events.putAll(
                batch.stream()
                        .filter(event -> positions.contains(event.position()))
                        .collect(Collectors.groupingBy(Recorded::position)));
    }

    /// What is pending, with the events; empty if another process has put off some that are not
    /// known here.
    Optional<List<FanOut<E>>> known(List<Pending> pending) {
        List<FanOut<E>> known = new ArrayList<>();
        for (Pending each : pending) {
            List<Recorded<E>> own = events.get(each.position());
            if (own == null) {
                return Optional.empty();
            }
            known.add(new FanOut<>(each.position(), each.names(), own));
        }
        return Optional.of(known);
    }

    /// The next piece, which is at hand then; empty if another process has gone on meanwhile.
    Optional<Piece> next(Pending first, Partition partition) {
        Listed now = listed;
        if (now == null || !isListed(first)) {
            return Optional.empty();
        }
        Set<String> keys = new LinkedHashSet<>();
        String upTo = now.after;
        int seen = 0;
        for (String key : now.keys) {
            if (keys.size() == size.limit()) {
                break;
            }
            if (partition.has(key)) {
                keys.add(key);
            }
            upTo = key;
            seen++;
        }
        boolean last = now.last && seen == now.keys.size();
        atHand = new Piece(first.position(), upTo, keys, last);
        return Optional.of(atHand);
    }

    /// The piece at hand is done, and committed.
    ///
    /// @param time that it took
    /// @param wanted that one is to take
    void done(Duration time, Duration wanted) {
        Piece piece = atHand;
        Listed now = listed;
        listed = now == null || piece == null || piece.last ? null : now.from(piece.upTo);
        refusal = null;
        size.took(true, time, wanted);
    }

    /// The piece at hand failed. Goes on with one document at a time, until it is clear which one
    /// the database refuses; then that one is set aside. Whether there is any sense in trying
    /// again.
    boolean narrow(Exception cause) {
        Piece piece = atHand;
        if (piece == null || piece.keys.isEmpty() || refusal(piece) != null) {
            return false;
        }
        if (piece.keys.size() == 1) {
            DocumentName document = new DocumentName(view.name(), piece.keys.iterator().next());
            refusal = new EventFailure(piece.position, document, cause);
        }
        size.narrow();
        return true;
    }

    /// Why the document of a piece of one is to be set aside; null if it is not.
    @Nullable EventFailure refusal(Piece piece) {
        EventFailure now = refusal;
        if (now == null) {
            return null;
        }
        DocumentName document = now.document();
        return document != null && piece.keys.equals(Set.of(document.key())) ? now : null;
    }

    /// The keys of documents for which events of a batch have come to be pending; empty if there
    /// are too many to be told.
    Optional<Set<String>> concerned(
            Connection connection, Partition partition, Spreading<E> spreading)
            throws SQLException {
        Set<String> names = new HashSet<>();
        spreading.added().values().forEach(names::addAll);
        List<String> keys =
                view.own(partition.generation())
                        .concerned(connection, names, spreading.added().lastKey(), "", LISTED);
        return keys.size() < LISTED ? Optional.of(new HashSet<>(keys)) : Optional.empty();
    }

    /// Forgets what may have changed in the database.
    void forget() {
        listed = null;
    }
}
