package dev.twofold.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.axonframework.common.jdbc.ConnectionProvider;

/// Keeps [ItemPage] for an event handler of Axon: in a table like that of a view of Twofold, a
/// query and a statement for any number of documents.
final class AxonPages {
    static final String TABLE =
            """
            CREATE TABLE axon_item_page (
                key text COLLATE "C" PRIMARY KEY,
                document jsonb NOT NULL)
            """;
    private static final String FIND =
            "SELECT document::text FROM axon_item_page WHERE key = ANY (?)";
    private static final String STORE =
            """
            INSERT INTO axon_item_page (key, document)
            SELECT key, document::jsonb FROM unnest(?, ?) AS page (key, document)
            ON CONFLICT (key) DO UPDATE SET document = EXCLUDED.document
            """;

    private final ConnectionProvider connections;
    private final ItemPage.Fold fold;
    private final ObjectMapper json = new ObjectMapper();

    AxonPages(ConnectionProvider connections, ItemPage.Fold fold) {
        this.connections = connections;
        this.fold = fold;
    }

    void fold(List<ItemEvent> events) {
        try (Connection connection = connections.getConnection()) {
            Map<String, ItemPage> pages =
                    find(connection, events.stream().map(ItemEvent::id).distinct().toList());
            for (ItemEvent event : events) {
                pages.put(event.id(), fold.after(pages.get(event.id()), event));
            }
            store(connection, pages.values());
        } catch (SQLException | IOException e) {
            throw new IllegalStateException("the documents could not be kept", e);
        }
    }

    private Map<String, ItemPage> find(Connection connection, List<String> keys)
            throws SQLException, IOException {
        Map<String, ItemPage> pages = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(FIND)) {
            statement.setArray(1, connection.createArrayOf("text", keys.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    ItemPage page = json.readValue(row.getString(1), ItemPage.class);
                    pages.put(page.id(), page);
                }
            }
        }
        return pages;
    }

    private void store(Connection connection, Collection<ItemPage> pages)
            throws SQLException, IOException {
        String[] keys = new String[pages.size()];
        String[] documents = new String[pages.size()];
        int i = 0;
        for (ItemPage page : pages) {
            keys[i] = page.id();
            documents[i] = json.writeValueAsString(page);
            i++;
        }
        try (PreparedStatement statement = connection.prepareStatement(STORE)) {
            statement.setArray(1, connection.createArrayOf("text", keys));
            statement.setArray(2, connection.createArrayOf("text", documents));
            statement.executeUpdate();
        }
    }
}
