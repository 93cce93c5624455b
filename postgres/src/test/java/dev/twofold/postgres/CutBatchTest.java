package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.EventStoreException;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.ds.PGSimpleDataSource;

/// Batches whose last call, which writes documents and checkpoint and commits, reaches the server
/// in part only.
@Timeout(60)
class CutBatchTest {
    private static final int PARTS = 40;
    private static final String MOVES_THE_CHECKPOINT = "SET position = moved.position";

    private final Shop shop = new Shop();
    private final TestPostgres.Database database = Logs.empty();
    private final ReadModel model = new ReadModel(database.dataSource());

    @Test
    void takes_effect_once_wherever_the_call_is_cut_that_writes_and_commits()
            throws IOException, InterruptedException {
        shop.record(
                new CustomerRegistered("c1", "Ada"),
                new OrderPlaced("o1", "c1"),
                new OrderPlaced("o2", "c1"));
        for (int i = 1; i <= 12; i++) { // each of which changes what the one before has made
            shop.record(new ItemAdded("o" + (1 + i % 2), i));
        }
        ReadModel.runToEnd(model.runner(shop.log, "undisturbed", 10));
        List<String> undisturbed = model.contents("undisturbed");

        for (int part = 0; part <= PARTS; part++) {
            String name = "cut-at-" + part;
            try (CutSockets network = new CutSockets(direct(), MOVES_THE_CHECKPOINT)) {
                ProjectionRunner<OrderEvent> runner =
                        new ReadModel(through(network)).runner(shop.log, name, 10);
                assertThat(runner.step()).isInstanceOf(Step.Advanced.class);
                network.cutWithin((double) part / PARTS);

                assertThatThrownBy(runner::step)
                        .as("%d of %d", part, PARTS)
                        .isInstanceOf(EventStoreException.class);
                network.awaitCut();
                ReadModel.runToIdle(runner);
                assertThat(model.contents(name)).as("%d of %d", part, PARTS).isEqualTo(undisturbed);
            }
        }
    }

    private PGSimpleDataSource direct() {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl(database.url());
        return dataSource;
    }

    private PGSimpleDataSource through(CutSockets network) {
        PGSimpleDataSource dataSource = direct();
        dataSource.setServerNames(new String[] {"127.0.0.1"});
        dataSource.setPortNumbers(new int[] {network.port()});
        dataSource.setPrepareThreshold(0); // each call has its text
        return dataSource;
    }
}
