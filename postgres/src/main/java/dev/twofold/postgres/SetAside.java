package dev.twofold.postgres;

import dev.twofold.EventStoreException;
import dev.twofold.postgres.WaitOutcome.Cause;
import dev.twofold.postgres.WaitOutcome.Stalled;
import dev.twofold.postgres.WaitOutcome.TimedOut;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// Documents for which events are set aside, and those who wait for them.
///
/// As long as the event is tried again unasked, there is something to wait for, and one poll serves
/// all who do. Safe for use by many threads.
final class SetAside {
    private final DataSource dataSource;
    private final Watch<Set<DocumentName>> retried =
            new Watch<>("retries", Set.of(), this::retried, (_, latest) -> latest);

    SetAside(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /// @param reason why the event could not be folded
    /// @param retried whether it is tried again unasked
    private record First(long position, @Nullable String reason, boolean retried) {}

    /// Waits until the serving generation has set nothing aside for a document that was recorded up
    /// to a position; empty once it has not.
    ///
    /// @param deadline by [System#nanoTime]
    /// @throws InterruptedException if the thread is interrupted before or while it waits
    Optional<WaitOutcome> await(String projection, String key, long position, long deadline)
            throws InterruptedException {
        DocumentName document = new DocumentName(projection, key);
        while (true) {
            Optional<First> found = first(document, position);
            if (found.isEmpty()) {
                return Optional.empty();
            }
            First first = found.get();
            if (!first.retried) {
                return Optional.of(
                        new Stalled(
                                first.position - 1,
                                Cause.PARKED,
                                "the event at position %d is set aside for document \"%s\": %s"
                                        .formatted(first.position, key, first.reason)));
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return Optional.of(new TimedOut(first.position - 1));
            }
            retried.signal(with(document));
            retried.await(all -> !all.contains(document), Duration.ofNanos(left));
        }
    }

    private Set<DocumentName> with(DocumentName document) {
        Set<DocumentName> all = new HashSet<>(retried.value());
        all.add(document);
        return all;
    }

    private static final String FIRST =
            """
            SELECT e.position, e.reason, r.key IS NOT NULL
            FROM twofold.projection p JOIN twofold.parked_event e USING (projection, generation)
            LEFT JOIN twofold.retried_document r USING (projection, generation, partition, view, key)
            WHERE projection = ? AND p.role = 'serving' AND view = projection AND key = ?
              AND e.position <= ?
            ORDER BY e.position LIMIT 1
            """;

    private Optional<First> first(DocumentName document, long position) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(FIRST)) {
            statement.setString(1, document.view());
            statement.setString(2, document.key());
            statement.setLong(3, position);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? Optional.of(
                                new First(row.getLong(1), row.getString(2), row.getBoolean(3)))
                        : Optional.empty();
            }
        } catch (SQLException e) {
            throw new EventStoreException(
                    "what is set aside for %s is out of reach".formatted(document.text()), e);
        }
    }

    private static final String RETRIED =
            """
            SELECT projection, key
            FROM twofold.retried_document JOIN twofold.projection USING (projection, generation)
            WHERE role = 'serving' AND view = projection
            """;

    private Set<DocumentName> retried() {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(RETRIED);
                ResultSet row = statement.executeQuery()) {
            Set<DocumentName> all = new HashSet<>();
            while (row.next()) {
                all.add(new DocumentName(row.getString(1), row.getString(2)));
            }
            return all;
        } catch (SQLException e) {
            throw new EventStoreException("what is tried again is out of reach", e);
        }
    }
}
