package dev.twofold.catalog.product;

import dev.twofold.Metadata;
import dev.twofold.QueryBus;
import dev.twofold.QueryFor;
import dev.twofold.QueryHandler;
import dev.twofold.catalog.http.Problem;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.http.HttpStatus;

/// All product pages in the order of their ids, a chunk at a time.
///
/// Between chunks no connection is held. Each page is as it was when its chunk was read, and no
/// older than was asked for. Safe for use by many threads.
public final class ProductPages {
    private static final int CHUNK = 500;
    private static final String AFTER =
            """
            SELECT key, document::text FROM product_page WHERE key > ? ORDER BY key LIMIT ?
            """;

    private final QueryBus queries;

    ProductPages(QueryBus queries) {
        this.queries = queries;
    }

    /// A page as JSON.
    public record Page(String id, String json) {}

    /// The pages that follow the one with the id.
    ///
    /// @param notBefore the position that they have to reflect
    record ReadPages(String id, long notBefore) implements QueryFor<TableAnswer<List<Page>>> {}

    static QueryHandler<ReadPages, TableAnswer<List<Page>>> chunks(TableReader reader) {
        return (query, _) ->
                reader.read(query.notBefore, connection -> after(connection, query.id));
    }

    /// The pages that follow the one with the id; none after the last.
    ///
    /// @param id an empty one for the first pages
    /// @param notBefore the position that they have to reflect
    public TableAnswer<List<Page>> read(String id, long notBefore, Metadata metadata) {
        return queries.ask(new ReadPages(id, notBefore), metadata);
    }

    /// The same where the view is known to be that far.
    ///
    /// @throws Problem if no server is that far any more
    /// @throws dev.twofold.EventStoreException if the database is out of reach
    /// @throws dev.twofold.TooManyQueriesException if this node has too many queries to answer
    public List<Page> after(String id, long notBefore, Metadata metadata) {
        return known(read(id, notBefore, metadata), notBefore);
    }

    /// What was read where the view is known to have been that far.
    ///
    /// @throws Problem if no server is that far any more
    public static <T> T known(TableAnswer<T> answer, long notBefore) {
        return switch (answer) {
            case TableAnswer.Read<T>(var content, _, _) -> content;
            case TableAnswer.Behind<T>(var reached) ->
                    throw Problem.of(
                                    HttpStatus.SERVICE_UNAVAILABLE,
                                    "behind",
                                    "the product pages stand at position %d, and were at %d before; try again"
                                            .formatted(reached, notBefore))
                            .retryAfter(Duration.ofSeconds(1));
        };
    }

    /// The same by a connection to any server that has the view.
    public static List<Page> after(Connection connection, String id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(AFTER)) {
            statement.setString(1, id);
            statement.setInt(2, CHUNK);
            try (ResultSet row = statement.executeQuery()) {
                List<Page> pages = new ArrayList<>(CHUNK);
                while (row.next()) {
                    pages.add(new Page(row.getString(1), row.getString(2)));
                }
                return pages;
            }
        }
    }
}
