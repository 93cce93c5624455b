package dev.twofold.postgres;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/// This node's part in keeping projections up to date: a loop for each partition, those of other
/// nodes included, which stand by.
///
/// Once a second it says that it is there, and looks who else is and how many partitions there are.
final class ProjectionNode implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ProjectionNode.class.getName());
    private static final Duration BEAT = Duration.ofSeconds(1);

    private final List<Loops> all = new ArrayList<>();
    private final Nodes nodes;
    private final Watch<Long> head;
    private final Semaphore turns;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread =
            Thread.ofPlatform().daemon().name("twofold-node-1").unstarted(this::run);
    private boolean reachable = true;

    /// @param atOnce how many partitions are at work at once, at most
    ProjectionNode(
            DataSource dataSource,
            String name,
            List<ProjectionRunners<?>> projections,
            Watch<Long> head,
            int atOnce) {
        projections.forEach(runners -> all.add(new Loops(runners)));
        this.nodes =
                new Nodes(
                        dataSource,
                        name,
                        projections.stream().map(ProjectionRunners::nameAndRevision).toList());
        this.head = head;
        this.turns = new Semaphore(atOnce, true);
    }

    void start() {
        thread.start();
    }

    /// Lets the batches at hand end, and returns when they have.
    @Override
    public void close() {
        closed.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        all.forEach(loops -> loops.running.forEach(ProjectionLoop::stop));
        all.forEach(loops -> loops.running.forEach(ProjectionLoop::close));
    }

    private void run() {
        try {
            do {
                beat();
            } while (!closed.await(BEAT.toNanos(), TimeUnit.NANOSECONDS));
            nodes.leave();
        } catch (InterruptedException | SQLException e) {
            LOG.log(System.Logger.Level.DEBUG, "the others will notice that this node is gone", e);
        }
    }

    private void beat() {
        try {
            Shares shares = nodes.heartbeat();
            for (Loops loops : all) {
                loops.adjust(shares);
            }
            reachable = true;
        } catch (SQLException | RuntimeException e) {
            LOG.log(
                    reachable ? System.Logger.Level.WARNING : System.Logger.Level.DEBUG,
                    "the other nodes cannot be told of this one now",
                    e);
            reachable = false;
        }
    }

    /// The loops of one projection.
    private final class Loops {
        private final ProjectionRunners<?> runners;
        private final List<ProjectionLoop> running = new ArrayList<>();

        Loops(ProjectionRunners<?> runners) {
            this.runners = runners;
        }

        void adjust(Shares shares) throws SQLException {
            runners.meet();
            int partitions = runners.all().size();
            while (running.size() > partitions) {
                running.removeLast().close();
            }
            while (running.size() < partitions) {
                ProjectionLoop loop = new ProjectionLoop(runners.of(running.size()), head, turns);
                running.add(loop);
                loop.start();
            }
            for (int partition = 0; partition < partitions; partition++) {
                running.get(partition).own(shares.isOwn(runners.nameAndRevision(), partition));
            }
        }
    }
}
