package dev.twofold.postgres;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.AppendOutcome.Conflict;
import dev.twofold.AppendOutcome.Repeated;
import dev.twofold.Condition;
import dev.twofold.Condition.ExpectedVersion;
import dev.twofold.Condition.NoneMatching;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.Receipt;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A call of the database's `append_events`, prepared on one connection, or of `append_event` where
/// that does. Not safe for use by many threads.
final class AppendCall implements AutoCloseable {
    private final Connection connection;
    private final PreparedStatement statement;
    private final EventCall eventCall;

    AppendCall(Connection connection) throws SQLException {
        this.connection = connection;
        this.eventCall = new EventCall(connection);
        this.statement =
                connection.prepareStatement(
                        """
                        SELECT outcome, detail, first_position, last_position
                        FROM twofold.append_events(
                            ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
                            ?, ?, ?)
                        """);
    }

    /// Returns what became of each append, in order; of the first it is never `Deferred`.
    List<Answer> execute(List<Append> appends) throws SQLException {
        if (appends.size() == 1 && EventCall.takes(appends.getFirst())) {
            OptionalLong position = eventCall.execute(appends.getFirst());
            if (position.isPresent()) {
                long at = position.getAsLong();
                return List.of(new Decided(new Appended(at, at)));
            }
        }
        return judge(appends);
    }

    /// As [#execute], by `append_events` whatever they are.
    List<Answer> judge(List<Append> appends) throws SQLException {
        bind(appends);
        List<Answer> answers = new ArrayList<>(appends.size());
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                answers.add(answer(appends.get(answers.size()), row));
            }
        }
        if (answers.size() != appends.size()) {
            throw new IllegalStateException(
                    "append_events returned %d outcomes for %d appends"
                            .formatted(answers.size(), appends.size()));
        }
        return answers;
    }

    @Override
    public void close() throws SQLException {
        try (EventCall _ = eventCall) {
            statement.close();
        }
    }

    private static Answer answer(Append append, ResultSet row) throws SQLException {
        String outcome = row.getString(1);
        String detail = row.getString(2);
        long first = row.getLong(3);
        long last = row.getLong(4);
        return switch (outcome) {
            case "appended" -> new Decided(new Appended(first, last));
            case "repeated" -> new Decided(new Repeated(detail, last));
            case "conflict" -> {
                Condition condition = append.conditions().get(Integer.parseInt(detail));
                yield new Decided(new Conflict(condition, first));
            }
            case "partial" -> new InPartThere(append, Integer.parseInt(detail), first);
            case "deferred" -> new Deferred();
            default ->
                    throw new IllegalStateException(
                            "append_events returned the outcome \"%s\", unknown to this version of the library; update it"
                                    .formatted(outcome));
        };
    }

    private void bind(List<Append> appends) throws SQLException {
        List<Event> events = new ArrayList<>();
        List<Item> items = new ArrayList<>();
        List<Boolean> dependent = new ArrayList<>();
        WriteSet earlier = new WriteSet();
        for (int i = 0; i < appends.size(); i++) {
            Append append = appends.get(i);
            dependent.add(earlier.bearsOn(append));
            earlier.add(append);
            for (int e = 0; e < append.events().size(); e++) {
                events.add(new Event(i + 1, e, append.events().get(e)));
            }
            for (int c = 0; c < append.conditions().size(); c++) {
                addItems(items, i + 1, c, append.conditions().get(c));
            }
        }
        boolean receipts = appends.stream().anyMatch(append -> append.receipt() != null);
        List<Append> withReceipts = receipts ? appends : List.of();
        texts(1, withReceipts, append -> receipt(append, Receipt::key));
        texts(2, withReceipts, append -> receipt(append, Receipt::answer));
        statement.setArray(3, connection.createArrayOf("bool", dependent.toArray(Boolean[]::new)));
        ints(4, appends, append -> append.events().size());
        ints(5, events, Event::append);
        ints(6, events, Event::number);
        UUID[] ids = events.stream().map(e -> e.event.id()).toArray(UUID[]::new);
        statement.setArray(7, connection.createArrayOf("uuid", ids));
        texts(8, events, e -> text(e.event.stream()));
        texts(9, events, e -> e.event.type());
        ints(10, events, e -> e.event.revision());
        texts(11, events, e -> e.event.data());
        texts(12, events, e -> ArrayLiteral.of(e.event.tags()));
        texts(13, events, e -> e.event.metadata().correlation());
        texts(14, events, e -> e.event.metadata().causation());
        texts(15, events, e -> e.event.metadata().actor());
        texts(16, events, e -> e.event.metadata().trace());
        ints(17, items, Item::append);
        ints(18, items, Item::condition);
        longs(19, items, Item::version);
        longs(20, items, Item::after);
        texts(21, items, i -> text(i.item.stream()));
        texts(22, items, i -> ArrayLiteral.ofSome(i.item.types()));
        texts(23, items, i -> ArrayLiteral.ofSome(i.item.tags()));
    }

    private static void addItems(List<Item> items, int append, int number, Condition condition) {
        switch (condition) {
            case ExpectedVersion(var stream, var version) -> {
                Query.Item item = new Query.Item(stream, Set.of(), Set.of());
                items.add(new Item(append, number, version, null, item));
            }
            case NoneMatching(var query, var after) ->
                    query.items()
                            .forEach(
                                    item -> items.add(new Item(append, number, null, after, item)));
        }
    }

    private <T> void texts(int parameter, List<T> rows, Function<T, @Nullable String> column)
            throws SQLException {
        Object[] values = rows.stream().map(column).toArray(String[]::new);
        statement.setArray(parameter, connection.createArrayOf("text", values));
    }

    private <T> void ints(int parameter, List<T> rows, Function<T, Integer> column)
            throws SQLException {
        Object[] values = rows.stream().map(column).toArray(Integer[]::new);
        statement.setArray(parameter, connection.createArrayOf("int4", values));
    }

    private <T> void longs(int parameter, List<T> rows, Function<T, @Nullable Long> column)
            throws SQLException {
        Object[] values = rows.stream().map(column).toArray(Long[]::new);
        statement.setArray(parameter, connection.createArrayOf("int8", values));
    }

    private static @Nullable String receipt(Append append, Function<Receipt, String> part) {
        return append.receipt() == null ? null : part.apply(append.receipt());
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }

    private record Event(int append, int number, NewEvent event) {}

    private record Item(
            int append,
            int condition,
            @Nullable Long version,
            @Nullable Long after,
            Query.Item item) {}

    /// What the database said of one append.
    sealed interface Answer {

        /// @throws IllegalArgumentException if only some of the events are in the log already
        /// @throws RejectedAppendException if an inline projection does not take it
        AppendOutcome outcome();
    }

    record Decided(AppendOutcome outcome) implements Answer {}

    /// An earlier append of the batch may bear on it: to be sent again.
    record Deferred() implements Answer {
        @Override
        public AppendOutcome outcome() {
            throw new IllegalStateException("an append that is alone in its batch was deferred");
        }
    }

    /// An inline projection, or the database, does not take it.
    record Rejected(RuntimeException reason) implements Answer {
        @Override
        public AppendOutcome outcome() {
            throw reason;
        }
    }

    record InPartThere(Append append, int known, long first) implements Answer {
        @Override
        public AppendOutcome outcome() {
            throw new IllegalArgumentException(
                    "%d of the append's %d events are in the log already, the first as position %d; give new events ids of their own"
                            .formatted(known, append.events().size(), first));
        }
    }
}
