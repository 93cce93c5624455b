package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.View;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderPageView.OrderPage;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FingerprintTest {
    @TempDir Path temp;

    private final ReadModel model = ReadModel.fresh();
    private final Shop shop = new Shop();

    @Test
    void a_table_that_is_defined_otherwise_under_the_same_revision_is_noticed()
            throws SQLException {
        shop.record(new CustomerRegistered("c1", "Ada"));
        ViewTable<OrderEvent, OrderPage> table = Shop.table("defined");
        ReadModel.runToEnd(model.runner(shop.log, table, 100));

        ViewTable<OrderEvent, OrderPage> other = new ViewTable<>(table.view(), table.codec());
        try (Connection connection = model.dataSource().getConnection()) {
            assertThat(generations(table).isOfAnotherProgram(connection, 1)).isFalse();
            assertThat(generations(other).isOfAnotherProgram(connection, 1)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "StockLevels", // the fold
                "StockLevels$Count", // nested beside it
                "StockLevels$Level", // the document
                "Shelf", // a part of the document
                "Rounding", // what the fold calls
                "Rule", // what that calls
                "unit/Unit", // what the fold calls in another package
            })
    void a_change_of_what_a_view_folds_with_is_noticed(String changed) throws Exception {
        try (Program before = Program.in(temp.resolve("before"), null);
                Program after = Program.in(temp.resolve("after"), changed)) {
            assertThat(of(after.view())).isNotEqualTo(of(before.view()));
        }
    }

    @ParameterizedTest
    @CsvSource({"lambda, Sales", "reference, SalesStatements", "object, SalesHandler"})
    void a_change_of_the_code_that_gets_the_batches_is_noticed(String way, String changed)
            throws Exception {
        try (Program before = Program.in(temp.resolve("before"), null);
                Program after = Program.in(temp.resolve("after"), changed)) {
            assertThat(Fingerprint.of("", after.batch(way)))
                    .isNotEqualTo(Fingerprint.of("", before.batch(way)));
        }
    }

    /// In a folder or in a jar, and with the name of a lambda's class, which is never the same.
    @Test
    void the_same_program_has_the_same_fingerprint_wherever_it_is_loaded_from() throws Exception {
        try (Program before = Program.in(temp.resolve("before"), "Aside");
                Program after = Program.inJar(temp.resolve("after.jar"), null)) {
            assertThat(of(after.view())).isEqualTo(of(before.view()));
            for (String way : List.of("lambda", "reference", "object")) {
                assertThat(after.batch(way).getClass().getName())
                        .matches("object".equals(way) ? ".*SalesHandler" : ".*Lambda/0x.*");
                assertThat(Fingerprint.of("", after.batch(way)))
                        .as(way)
                        .isEqualTo(Fingerprint.of("", before.batch(way)));
            }
        }
    }

    @Test
    void a_change_in_a_jar_is_noticed() throws Exception {
        try (Program before = Program.inJar(temp.resolve("before.jar"), null);
                Program after = Program.inJar(temp.resolve("after.jar"), "Rule")) {
            assertThat(of(after.view())).isNotEqualTo(of(before.view()));
        }
    }

    @Test
    void a_changed_fold_without_a_new_revision_is_said_at_the_start() throws Exception {
        shop.record(new CustomerRegistered("c1", "Ada"));
        try (Program before = Program.in(temp.resolve("before"), null);
                Program same = Program.in(temp.resolve("same"), null);
                Program after = Program.in(temp.resolve("after"), "Rounding")) {
            assertThat(warningsOf(before)).isEmpty();
            assertThat(warningsOf(same)).isEmpty();
            assertThat(warningsOf(after))
                    .containsExactly(
                            "stock-level revision 1 has changed since its generation 1 was begun:"
                                    + " raise the revision if what it makes of events has changed,"
                                    + " or rebuild it");
        }
        assertThat(model.query("SELECT document ->> 'how' FROM stock_level"))
                .singleElement()
                .asString()
                .contains("rounding as before"); // the event was taken in before
    }

    /// What a process of this program says about its projection as it begins.
    private List<String> warningsOf(Program program) throws ReflectiveOperationException {
        ViewTable<OrderEvent, Object> table = new ViewTable<>(program.view(), Shop.CODEC);
        Warnings warnings = new Warnings();
        Logger logger = Logger.getLogger(ProjectionRunner.class.getName());
        logger.addHandler(warnings);
        try (Projections projections =
                new Projections(
                        model.dataSource(), shop.log, List.of(Projection.of(Shop.TYPES, table)))) {
            projections.catchUp();
            projections.catchUp(); // says it once
        } finally {
            logger.removeHandler(warnings);
        }
        return warnings.said;
    }

    private static final class Warnings extends Handler {
        private final List<String> said = new CopyOnWriteArrayList<>();
        private final SimpleFormatter formatter = new SimpleFormatter();

        @Override
        public void publish(LogRecord one) {
            if (one.getLevel().equals(Level.WARNING)) {
                said.add(formatter.formatMessage(one));
            }
        }

        @Override
        public void flush() {
            // keeps what it was told
        }

        @Override
        public void close() {
            // keeps what it was told
        }
    }

    private static String of(View<?, ?> view) {
        return Fingerprint.of("", List.of(view));
    }

    private static Generations generations(ViewTable<OrderEvent, OrderPage> table) {
        return new Generations(Projection.of(Shop.TYPES, table));
    }
}
