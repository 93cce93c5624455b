package dev.twofold.catalog.changes;

import dev.twofold.EventTypes;
import dev.twofold.QueryFor;
import dev.twofold.QueryHandler;
import dev.twofold.Recorded;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.brand.BrandEvent;
import dev.twofold.catalog.category.CategoryEvent;
import dev.twofold.catalog.product.ProductEvent;
import dev.twofold.catalog.product.ProductEvent.PriceChanged;
import dev.twofold.catalog.product.ProductEvent.ProductCreated;
import dev.twofold.catalog.product.ProductEvent.ProductDiscontinued;
import dev.twofold.catalog.product.ProductEvent.StockAdjusted;
import dev.twofold.catalog.review.ReviewEvent;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// How much has changed on each day, by the clock of UTC.
public final class DailyChanges {
    public static final String NAME = "daily-changes";

    private static final String DEFINITIONS =
            """
            CREATE TABLE ${table} (
              day date PRIMARY KEY,
              created int NOT NULL,
              discontinued int NOT NULL,
              prices int NOT NULL,
              stock int NOT NULL,
              details int NOT NULL,
              names int NOT NULL,
              reviews int NOT NULL
            ) WITH (fillfactor = 50);
            """;
    private static final String ADD =
            """
            INSERT INTO ${table} AS counted
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (day) DO UPDATE SET
              created = counted.created + excluded.created,
              discontinued = counted.discontinued + excluded.discontinued,
              prices = counted.prices + excluded.prices,
              stock = counted.stock + excluded.stock,
              details = counted.details + excluded.details,
              names = counted.names + excluded.names,
              reviews = counted.reviews + excluded.reviews
            """;
    private static final String LATEST =
            """
            SELECT day, created, discontinued, prices, stock, details, names, reviews
            FROM daily_changes WHERE day < ? ORDER BY day DESC LIMIT ?
            """;

    /// One day.
    ///
    /// @param details products renamed, described, or given another brand, category or attributes
    /// @param names brands and categories created or renamed
    record Day(
            LocalDate day,
            int created,
            int discontinued,
            int prices,
            int stock,
            int details,
            int names,
            int reviews) {

        private static Day of(LocalDate day, CatalogEvent event) {
            return switch (event) {
                case ProductCreated _ -> new Day(day, 1, 0, 0, 0, 0, 0, 0);
                case ProductDiscontinued _ -> new Day(day, 0, 1, 0, 0, 0, 0, 0);
                case PriceChanged _ -> new Day(day, 0, 0, 1, 0, 0, 0, 0);
                case StockAdjusted _ -> new Day(day, 0, 0, 0, 1, 0, 0, 0);
                case ProductEvent _ -> new Day(day, 0, 0, 0, 0, 1, 0, 0);
                case BrandEvent _ -> new Day(day, 0, 0, 0, 0, 0, 1, 0);
                case CategoryEvent _ -> new Day(day, 0, 0, 0, 0, 0, 1, 0);
                case ReviewEvent _ -> new Day(day, 0, 0, 0, 0, 0, 0, 1);
                default -> throw new IllegalArgumentException(event + " is not known here");
            };
        }

        private Day plus(Day other) {
            return new Day(
                    day,
                    created + other.created,
                    discontinued + other.discontinued,
                    prices + other.prices,
                    stock + other.stock,
                    details + other.details,
                    names + other.names,
                    reviews + other.reviews);
        }
    }

    private DailyChanges() {}

    public static Projection<CatalogEvent> projection(EventTypes<CatalogEvent> types) {
        return Projection.sql(NAME, 1, types, DEFINITIONS, DailyChanges::add);
    }

    private static void add(
            List<Recorded<CatalogEvent>> events, String table, Connection connection)
            throws SQLException {
        Map<LocalDate, Day> days = new TreeMap<>();
        for (Recorded<CatalogEvent> recorded : events) {
            LocalDate day = LocalDate.ofInstant(recorded.recordedAt(), ZoneOffset.UTC);
            days.merge(day, Day.of(day, recorded.event()), Day::plus);
        }
        try (PreparedStatement statement =
                connection.prepareStatement(ADD.replace("${table}", table))) {
            for (Day day : days.values()) {
                statement.setObject(1, day.day);
                statement.setInt(2, day.created);
                statement.setInt(3, day.discontinued);
                statement.setInt(4, day.prices);
                statement.setInt(5, day.stock);
                statement.setInt(6, day.details);
                statement.setInt(7, day.names);
                statement.setInt(8, day.reviews);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    /// Which days before one have changes, the latest first.
    ///
    /// @param notBefore the position that the answer has to reflect
    record ListDays(LocalDate end, int limit, long notBefore)
            implements QueryFor<TableAnswer<List<Day>>> {}

    static QueryHandler<ListDays, TableAnswer<List<Day>>> days(TableReader reader) {
        return (query, _) ->
                reader.read(
                        query.notBefore, connection -> before(connection, query.end, query.limit));
    }

    private static List<Day> before(Connection connection, LocalDate end, int limit)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LATEST)) {
            statement.setObject(1, end);
            statement.setInt(2, limit);
            try (ResultSet row = statement.executeQuery()) {
                List<Day> days = new ArrayList<>();
                while (row.next()) {
                    days.add(
                            new Day(
                                    row.getObject(1, LocalDate.class),
                                    row.getInt(2),
                                    row.getInt(3),
                                    row.getInt(4),
                                    row.getInt(5),
                                    row.getInt(6),
                                    row.getInt(7),
                                    row.getInt(8)));
                }
                return days;
            }
        }
    }
}
