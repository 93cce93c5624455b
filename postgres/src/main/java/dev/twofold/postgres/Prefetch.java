package dev.twofold.postgres;

import dev.twofold.postgres.DocumentTable.Loaded;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Documents that a batch is known to need before its checkpoint is locked, read in the round trip
/// that locks it: by a statement behind the one that locks, so as nobody else changes them any
/// more.
///
/// One statement reads those of all tables, and the driver has sent it all before it has to take
/// any document: else client and server might wait for each other with full buffers. Not safe for
/// use by many threads.
final class Prefetch {
    private final List<Wanted> wanted = new ArrayList<>();
    private final Map<String, Map<String, Row>> found = new HashMap<>();

    private record Wanted(DocumentTable<?> table, Set<String> keys) {}

    private record Row(String document, long position) {}

    static Prefetch nothing() {
        return new Prefetch();
    }

    void want(DocumentTable<?> table, Set<String> keys) {
        wanted.add(new Wanted(table, keys));
    }

    boolean isEmpty() {
        return wanted.isEmpty();
    }

    String sql() {
        return IntStream.range(0, wanted.size())
                .mapToObj(number -> wanted.get(number).table.selectByKeys(number))
                .collect(Collectors.joining("UNION ALL\n"));
    }

    void bind(PreparedStatement statement, int from) throws SQLException {
        for (int i = 0; i < wanted.size(); i++) {
            statement.setArray(
                    from + i, DocumentTable.texts(statement.getConnection(), wanted.get(i).keys));
        }
    }

    /// Takes what the statement found.
    void receive(ResultSet rows) throws SQLException {
        while (rows.next()) {
            String table = wanted.get(rows.getInt(1)).table.name();
            found.computeIfAbsent(table, _ -> new HashMap<>())
                    .put(rows.getString(2), new Row(rows.getString(3), rows.getLong(4)));
        }
    }

    /// Those of the keys that have a document; empty if not all of the keys have been asked for.
    <D> Optional<Map<String, Loaded<D>>> documents(DocumentTable<D> table, Set<String> keys) {
        boolean asked =
                wanted.stream()
                        .anyMatch(
                                one ->
                                        one.table.name().equals(table.name())
                                                && one.keys.containsAll(keys));
        if (!asked) {
            return Optional.empty();
        }
        Map<String, Loaded<D>> documents = new HashMap<>();
        found.getOrDefault(table.name(), Map.of())
                .forEach(
                        (key, row) -> {
                            if (keys.contains(key)) {
                                documents.put(key, table.loaded(key, row.document, row.position));
                            }
                        });
        return Optional.of(documents);
    }
}
