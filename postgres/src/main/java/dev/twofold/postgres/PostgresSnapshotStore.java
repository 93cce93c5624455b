package dev.twofold.postgres;

import dev.twofold.Query;
import dev.twofold.SnapshotStore;
import dev.twofold.Tag;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;

/// Snapshots in the database of the log, in table `twofold.snapshot`.
///
/// Safe for use by many threads.
public final class PostgresSnapshotStore implements SnapshotStore {
    private static final String FIND =
            """
            SELECT revision, position, state FROM twofold.snapshot WHERE name = ? AND boundary = ?
            """;
    private static final String SAVE =
            """
            INSERT INTO twofold.snapshot AS kept (name, boundary, revision, position, state)
            VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (name, boundary) DO UPDATE SET
              revision = excluded.revision, position = excluded.position,
              state = excluded.state, saved_at = excluded.saved_at
            WHERE kept.revision <> excluded.revision OR kept.position < excluded.position
            """;
    private static final String DROP_OTHERS =
            """
            DELETE FROM twofold.snapshot WHERE name = ? AND revision <> ?
            """;

    private final DataSource dataSource;

    public PostgresSnapshotStore(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    @Override
    public Optional<Snapshot> find(String name, Query boundary) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(FIND)) {
            statement.setString(1, name);
            statement.setBytes(2, digest(boundary));
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? Optional.of(
                                new Snapshot(
                                        name,
                                        row.getInt(1),
                                        boundary,
                                        row.getLong(2),
                                        row.getString(3)))
                        : Optional.empty();
            }
        } catch (SQLException e) {
            throw SqlFailure.diagnosis("snapshots cannot be read", e);
        }
    }

    @Override
    public void save(Snapshot snapshot) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(SAVE)) {
            statement.setString(1, snapshot.name());
            statement.setBytes(2, digest(snapshot.boundary()));
            statement.setInt(3, snapshot.revision());
            statement.setLong(4, snapshot.position());
            statement.setString(5, snapshot.state());
            statement.executeUpdate();
        } catch (SQLException e) {
            throw SqlFailure.diagnosis("a snapshot cannot be saved", e);
        }
    }

    /// Drops the snapshots of a kind that have another revision than this, and returns how many.
    ///
    /// They are passed over anyway, and replaced one by one as their boundaries are used; call this
    /// once no process uses the other revision any more, and those never used again go as well.
    ///
    /// @throws dev.twofold.EventStoreException if the database is out of reach
    public int dropOthers(String name, int revision) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(DROP_OTHERS)) {
            statement.setString(1, name);
            statement.setInt(2, revision);
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw SqlFailure.diagnosis("snapshots cannot be dropped", e);
        }
    }

    /// The same for queries that list the same items, types and tags in whatever order.
    private static byte[] digest(Query query) {
        String text =
                query.items().stream()
                        .map(PostgresSnapshotStore::canonical)
                        .sorted()
                        .collect(Collectors.joining());
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static String canonical(Query.Item item) {
        Stream<String> stream = Stream.ofNullable(item.stream()).map(id -> "stream " + id);
        Stream<String> types = item.types().stream().sorted().map(type -> "type " + type);
        Stream<String> tags = item.tags().stream().map(Tag::toString).sorted().map("tag "::concat);
        return Stream.of(stream, types, tags)
                .flatMap(parts -> parts)
                .map(part -> "%d:%s".formatted(part.length(), part))
                .collect(Collectors.joining("", "(", ")"));
    }
}
