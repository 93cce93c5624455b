package dev.twofold.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// The servers that answer reads: the primary, which has the log, and streaming replicas of it.
///
/// A read goes to a replica at random; if that one is not fresh enough to another, and then to the
/// primary. Whether it is fresh enough, a replica still, and one of this very log, is read together
/// with what is asked for, from one snapshot: nothing that was known before is relied on. What was
/// known only keeps reads from servers that are of no use: those that do not answer, are too far
/// behind, or are no replicas of this log. Each server is looked at every so often.
///
/// No read is older than one before of the same view ([Seen]).
///
/// Replicas should be given with timeouts for connecting and for reading from the socket: a read
/// waits as long for a server that hangs. Safe for use by many threads.
public final class Replicas implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Replicas.class.getName());

    /// Replicas that are asked before the primary is: each costs a round trip.
    private static final int TRIES = 2;

    /// The SQLSTATE of a statement that took longer than its connection lets it.
    private static final String STOPPED = "57014";

    private final DataSource server;
    private final List<Replica> replicas;
    private final ReplicaLimits limits;
    private final Primary primary = new Primary();
    private final ConcurrentMap<String, Seen> seen = new ConcurrentHashMap<>();
    private final LongAdder byPrimary = new LongAdder();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final List<Thread> lookers = new ArrayList<>();

    private Replicas(DataSource primary, Map<String, DataSource> replicas, ReplicaLimits limits) {
        this.server = primary;
        this.limits = limits;
        this.replicas =
                replicas.entrySet().stream()
                        .map(each -> new Replica(each.getKey(), each.getValue(), limits))
                        .toList();
    }

    /// The primary alone.
    public static Replicas none(DataSource primary) {
        return new Replicas(primary, Map.of(), ReplicaLimits.STANDARD);
    }

    /// Replicas of a primary, by names for logs and metrics. They are read once they were looked
    /// at, which begins now; none needs to be in reach for that.
    public static Replicas of(
            DataSource primary, Map<String, DataSource> replicas, ReplicaLimits limits) {
        Replicas all = unwatched(primary, replicas, limits);
        all.start();
        return all;
    }

    /// Replicas at which nobody looks but who calls [#look].
    static Replicas unwatched(
            DataSource primary, Map<String, DataSource> replicas, ReplicaLimits limits) {
        return new Replicas(primary, replicas, limits);
    }

    /// Each server has a thread of its own, so that one that hangs holds up no other.
    private void start() {
        lookers.add(looker(0, this::lookAtPrimary));
        for (Replica replica : replicas) {
            lookers.add(looker(lookers.size(), () -> replica.look(primary)));
        }
        lookers.forEach(Thread::start);
    }

    private Thread looker(int number, Runnable look) {
        return Thread.ofVirtual()
                .name("twofold-replicas-" + number)
                .unstarted(
                        () -> {
                            try {
                                do {
                                    look.run();
                                } while (!closed.await(
                                        limits.interval().toNanos(), TimeUnit.NANOSECONDS));
                            } catch (InterruptedException e) {
                                LOG.log(System.Logger.Level.DEBUG, "stopped looking at servers", e);
                            }
                        });
    }

    private void lookAtPrimary() {
        try {
            long at = System.nanoTime();
            primary.learn(ServerLook.at(server), at);
        } catch (SQLException e) {
            LOG.log(System.Logger.Level.DEBUG, "the primary does not answer", e);
        }
    }

    /// Looks at every server once.
    void look() {
        lookAtPrimary();
        replicas.forEach(replica -> replica.look(primary));
    }

    /// The newest that was answered of a view.
    public Seen seen(String view) {
        return seen.computeIfAbsent(view, _ -> new Seen(primary::origin));
    }

    /// How each replica is.
    public List<ReplicaStatus> status() {
        return replicas.stream().map(Replica::status).toList();
    }

    /// Reads that the primary answered.
    public long answeredByPrimary() {
        return byPrimary.sum();
    }

    /// What became of a question.
    sealed interface Told<A> {
        record Answer<A>(A answer) implements Told<A> {}

        /// No server has come further.
        record Behind<A>(long reached) implements Told<A> {}
    }

    /// Asks a replica, or else the primary.
    ///
    /// @param view whose answers never go back
    /// @param notBefore the position that the answer has to reflect
    /// @throws SQLException if the primary is needed and does not answer, or a server stopped the
    ///   question because it took too long
    <A> Told<A> ask(String view, long notBefore, Question<A> question) throws SQLException {
        Seen floor = seen(view);
        long furthest = 0;
        for (Replica replica : chosen()) {
            Gate gate = new Gate(notBefore, floor, primary.origin());
            try (Connection connection = replica.connect()) {
                A answer = question.ask(connection, gate);
                if (answer != null && gate.passed != null) {
                    floor.raise(gate.passed);
                    replica.answered();
                    return new Told.Answer<>(answer);
                }
                furthest = Math.max(furthest, gate.reached);
                if (gate.foreign) {
                    replica.refused();
                } else {
                    replica.behind();
                }
            } catch (SQLException e) {
                replica.failed(e);
                if (STOPPED.equals(e.getSQLState())) {
                    throw e; // it would take as long elsewhere
                }
            }
        }
        return askPrimary(floor, notBefore, question, furthest);
    }

    private <A> Told<A> askPrimary(Seen floor, long notBefore, Question<A> question, long furthest)
            throws SQLException {
        Seen.Point before = floor.newest();
        Gate gate = new Gate(notBefore, null, "");
        try (Connection connection = server.getConnection()) {
            A answer = question.ask(connection, gate);
            if (answer == null || gate.passed == null) {
                return new Told.Behind<>(gate.reached);
            }
            floor.confirm(before, gate.passed);
            byPrimary.increment();
            return new Told.Answer<>(answer);
        } catch (SQLException e) {
            if (furthest > 0
                    && furthest < notBefore
                    && Outage.isCauseOf(e)
                    && !STOPPED.equals(e.getSQLState())) {
                LOG.log(System.Logger.Level.DEBUG, "the primary does not answer", e);
                return new Told.Behind<>(furthest);
            }
            throw e;
        }
    }

    private List<Replica> chosen() {
        if (replicas.isEmpty()) {
            return List.of();
        }
        List<Replica> usable = new ArrayList<>(replicas);
        usable.removeIf(replica -> !replica.isUsable());
        Collections.shuffle(usable, ThreadLocalRandom.current());
        return usable.subList(0, Math.min(TRIES, usable.size()));
    }

    /// Lets pass what is fresh enough; at a replica, what is of this log, and no older than what
    /// was answered before. For one question to one server.
    private static final class Gate implements Predicate<Sighting> {
        private final long notBefore;
        private final @Nullable Seen floor;
        private final String origin;
        private long reached;
        private boolean foreign;
        private Seen.@Nullable Point passed;

        /// @param floor null for the primary, which is believed
        Gate(long notBefore, @Nullable Seen floor, String origin) {
            this.notBefore = notBefore;
            this.floor = floor;
            this.origin = origin;
        }

        @Override
        public boolean test(Sighting sighting) {
            if (floor != null) {
                foreign = !sighting.recovering() || !sighting.origin().equals(origin);
                if (foreign) {
                    return false;
                }
            }
            reached = sighting.reached();
            if (reached < notBefore || (floor != null && !floor.admits(sighting))) {
                return false;
            }
            passed = Seen.Point.of(sighting);
            return true;
        }
    }

    /// Stops looking at servers. The data sources are their owner's to close.
    @Override
    public void close() {
        closed.countDown();
        lookers.forEach(Thread::interrupt);
        for (Thread looker : lookers) {
            try {
                looker.join(Duration.ofSeconds(5));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
