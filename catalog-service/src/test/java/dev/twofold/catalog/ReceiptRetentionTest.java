package dev.twofold.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.AppendOutcome.Repeated;
import dev.twofold.Receipt;
import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLog;
import dev.twofold.testkit.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A running catalog forgets the answers that it has kept long enough.
@Timeout(60)
class ReceiptRetentionTest {
    private final TestPostgres.Database database = TestPostgres.database();

    @TempDir Path temp;

    @Test
    void an_answer_is_kept_for_as_long_as_was_asked_for_and_no_longer() throws SQLException {
        PostgresLog.migrate(database.dataSource());
        try (PostgresEventStore store = new PostgresEventStore(database.dataSource())) {
            store.append(receipt("six-days"));
            store.append(receipt("eight-days"));
            age("six-days", 6);
            age("eight-days", 8);
            try (DataFolder folder = ((Held) DataFolder.claim(temp)).folder();
                    RunningCatalog _ =
                            RunningCatalog.start(
                                    folder, Settings.local(0).on(database.url()), _ -> {})) {
                while (receipts() == 2) {
                    Thread.onSpinWait();
                }
            }

            assertThat(store.append(receipt("six-days"))).isEqualTo(new Repeated("done", 0));
            assertThat(store.append(receipt("eight-days"))).isInstanceOf(Appended.class);
        }
    }

    private static Append receipt(String key) {
        return new Append(List.of(), List.of(), new Receipt(key, "done"));
    }

    private void age(String key, int days) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                PreparedStatement statement =
                        connection.prepareStatement(
                                """
                                UPDATE twofold.receipt
                                SET recorded_at = now() - make_interval(days => ?) WHERE key = ?
                                """)) {
            statement.setInt(1, days);
            statement.setString(2, key);
            assertThat(statement.executeUpdate()).isOne();
        }
    }

    private long receipts() throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM twofold.receipt")) {
            row.next();
            return row.getLong(1);
        }
    }
}
