package dev.twofold.catalog.webhook;

import dev.twofold.EventStoreException;
import dev.twofold.UuidV7;
import java.security.SecureRandom;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// Webhooks as rows of a table, and what became of the newest deliveries of each.
///
/// Safe for use by many threads and processes.
final class Webhooks {
    static final int MAX = 100;
    private static final int KEPT = 1_000;

    private static final String COLUMNS =
            """
            SELECT id, url, types, position, attempts, next_attempt_at, disabled_at, problem, created_at
            FROM catalog.webhook
            """;
    private static final String INSERT =
            """
            INSERT INTO catalog.webhook (id, url, types, secret, position)
            SELECT ?, ?, ?, ?, ?
            WHERE (SELECT count(*) FROM catalog.webhook) < ?
            """;
    private static final String LIST = COLUMNS + "ORDER BY id";
    private static final String FIND = COLUMNS + "WHERE id = ?";
    private static final String DELETE =
            """
            DELETE FROM catalog.webhook WHERE id = ?
            """;
    private static final String SECRETS =
            """
            SELECT secret, CASE WHEN previous_until > now() THEN previous_secret END
            FROM catalog.webhook WHERE id = ?
            """;
    private static final String ALL_SECRETS =
            """
            SELECT id, secret, previous_secret FROM catalog.webhook ORDER BY id FOR UPDATE
            """;
    private static final String RESEAL =
            """
            UPDATE catalog.webhook SET secret = ?, previous_secret = ? WHERE id = ?
            """;
    private static final String ROTATE =
            """
            UPDATE catalog.webhook
            SET previous_secret = secret, previous_until = now() + ? * interval '1 second', secret = ?
            WHERE id = ?
            """;
    private static final String RETRY =
            """
            UPDATE catalog.webhook SET attempts = 0, next_attempt_at = NULL, disabled_at = NULL
            WHERE id = ?
            """;
    private static final String PASS =
            """
            UPDATE catalog.webhook SET position = ? WHERE id = ? AND position < ?
            """;
    private static final String DELIVERED =
            """
            UPDATE catalog.webhook
            SET position = ?, attempts = 0, next_attempt_at = NULL, problem = NULL
            WHERE id = ? AND position < ?
            """;
    private static final String FAILED =
            """
            UPDATE catalog.webhook
            SET attempts = ?, next_attempt_at = ?, disabled_at = ?, problem = ?
            WHERE id = ? AND position < ?
            """;
    private static final String LOG =
            """
            INSERT INTO catalog.webhook_delivery
              (webhook_id, position, event_id, type, attempt, at, millis, status, problem)
            SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?
            WHERE EXISTS (SELECT 1 FROM catalog.webhook WHERE id = ?)
            RETURNING number
            """;
    private static final String FORGET =
            """
            DELETE FROM catalog.webhook_delivery WHERE webhook_id = ? AND number <= (
              SELECT number FROM catalog.webhook_delivery
              WHERE webhook_id = ? ORDER BY number DESC OFFSET ? LIMIT 1
            )
            """;
    private static final String DELIVERIES =
            """
            SELECT position, event_id, type, attempt, at, millis, status, problem
            FROM catalog.webhook_delivery WHERE webhook_id = ? ORDER BY number DESC LIMIT ?
            """;

    private final DataSource dataSource;
    private final SecretSeal seal;
    private final SecureRandom random = new SecureRandom();

    Webhooks(DataSource dataSource, SecretSeal seal) {
        this.dataSource = dataSource;
        this.seal = seal;
    }

    /// Seals the secrets that are not sealed as they would be now; how many webhooks have some.
    ///
    /// @throws IllegalStateException if there is one that cannot be opened; nothing is changed then
    /// @throws EventStoreException if the database is out of reach
    int sealAll() {
        return use(
                connection -> {
                    connection.setAutoCommit(false);
                    try {
                        int sealed = sealAll(connection);
                        connection.commit();
                        return sealed;
                    } catch (SQLException | RuntimeException e) {
                        connection.rollback();
                        throw e;
                    } finally {
                        connection.setAutoCommit(true);
                    }
                });
    }

    private int sealAll(Connection connection) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(ALL_SECRETS);
                PreparedStatement update = connection.prepareStatement(RESEAL);
                ResultSet row = query.executeQuery()) {
            int sealed = 0;
            while (row.next()) {
                String id = row.getString(1);
                byte[] now = row.getBytes(2);
                byte[] previous = row.getBytes(3);
                update.setBytes(1, sealed(id, now));
                update.setBytes(2, previous == null ? null : sealed(id, previous));
                update.setString(3, id);
                if (!seal.isSealed(now) || (previous != null && !seal.isSealed(previous))) {
                    update.executeUpdate();
                    sealed++;
                }
            }
            return sealed;
        }
    }

    private byte[] sealed(String id, byte[] stored) {
        byte[] secret = seal.open(id, stored);
        return seal.isSealed(stored) ? stored : seal.seal(id, secret);
    }

    /// The id of a new webhook with its secret, which nobody can tell later.
    record Created(String id, String secret) {
        /// Without the secret.
        @Override
        public String toString() {
            return "Created[id=%s]".formatted(id);
        }
    }

    /// Has events told to an address from after a position on; empty if there are too many
    /// webhooks.
    ///
    /// @throws EventStoreException if the database is out of reach
    Optional<Created> create(String url, List<String> types, long position) {
        byte[] secret = secret();
        Created created = new Created(UuidV7.next().toString(), Signature.shown(secret));
        return use(
                connection -> {
                    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
                        insert.setString(1, created.id);
                        insert.setString(2, url);
                        insert.setArray(3, connection.createArrayOf("text", types.toArray()));
                        insert.setBytes(4, seal.seal(created.id, secret));
                        insert.setLong(5, position);
                        insert.setInt(6, MAX);
                        return insert.executeUpdate() == 1
                                ? Optional.of(created)
                                : Optional.empty();
                    }
                });
    }

    /// All webhooks, the oldest first.
    ///
    /// @throws EventStoreException if the database is out of reach
    List<Webhook> list() {
        return use(
                connection -> {
                    try (PreparedStatement query = connection.prepareStatement(LIST)) {
                        return webhooks(query);
                    }
                });
    }

    Optional<Webhook> find(String id) {
        return use(
                connection -> {
                    try (PreparedStatement query = connection.prepareStatement(FIND)) {
                        query.setString(1, id);
                        return webhooks(query).stream().findFirst();
                    }
                });
    }

    /// Ends a webhook; whether there was one.
    boolean delete(String id) {
        return update(DELETE, statement -> statement.setString(1, id));
    }

    /// The secrets that deliveries are signed with: the one of now, and the one before while it is
    /// taken.
    List<byte[]> secrets(String id) {
        return use(
                connection -> {
                    try (PreparedStatement query = connection.prepareStatement(SECRETS)) {
                        query.setString(1, id);
                        try (ResultSet row = query.executeQuery()) {
                            List<byte[]> secrets = new ArrayList<>(2);
                            if (row.next()) {
                                secrets.add(seal.open(id, row.getBytes(1)));
                                byte[] previous = row.getBytes(2);
                                if (previous != null) {
                                    secrets.add(seal.open(id, previous));
                                }
                            }
                            return secrets;
                        }
                    }
                });
    }

    /// Gives a webhook another secret; empty if there is no such webhook.
    Optional<String> rotate(String id, Duration overlap) {
        byte[] secret = secret();
        boolean rotated =
                update(
                        ROTATE,
                        statement -> {
                            statement.setLong(1, overlap.toSeconds());
                            statement.setBytes(2, seal.seal(id, secret));
                            statement.setString(3, id);
                        });
        return rotated ? Optional.of(Signature.shown(secret)) : Optional.empty();
    }

    /// Has the next event tried at once, also by a webhook that was disabled; whether there is one.
    boolean retry(String id) {
        return update(RETRY, statement -> statement.setString(1, id));
    }

    /// Notes that nothing up to a position concerns the webhook any more.
    void pass(String id, long position) {
        boolean _ =
                update(
                        PASS,
                        statement -> {
                            statement.setLong(1, position);
                            statement.setString(2, id);
                            statement.setLong(3, position);
                        });
    }

    /// Notes that an event was delivered.
    void delivered(String id, Delivery delivery) {
        boolean _ =
                use(
                        connection -> {
                            log(connection, id, delivery);
                            try (PreparedStatement done = connection.prepareStatement(DELIVERED)) {
                                done.setLong(1, delivery.position());
                                done.setString(2, id);
                                done.setLong(3, delivery.position());
                                return done.executeUpdate() == 1;
                            }
                        });
    }

    /// Notes that an event was not delivered.
    ///
    /// @param next when it is tried again; null if it is not, and the webhook is disabled
    void failed(String id, Delivery delivery, @Nullable Instant next) {
        boolean _ =
                use(
                        connection -> {
                            log(connection, id, delivery);
                            try (PreparedStatement done = connection.prepareStatement(FAILED)) {
                                done.setInt(1, delivery.attempt());
                                done.setObject(2, time(next));
                                done.setObject(3, next == null ? time(delivery.at()) : null);
                                done.setString(4, delivery.problem());
                                done.setString(5, id);
                                done.setLong(6, delivery.position());
                                return done.executeUpdate() == 1;
                            }
                        });
    }

    /// The newest deliveries first.
    List<Delivery> deliveries(String id, int limit) {
        return use(
                connection -> {
                    try (PreparedStatement query = connection.prepareStatement(DELIVERIES)) {
                        query.setString(1, id);
                        query.setInt(2, limit);
                        return deliveries(query);
                    }
                });
    }

    private static void log(Connection connection, String id, Delivery delivery)
            throws SQLException {
        long number;
        try (PreparedStatement insert = connection.prepareStatement(LOG)) {
            insert.setString(1, id);
            insert.setLong(2, delivery.position());
            insert.setObject(3, delivery.eventId());
            insert.setString(4, delivery.type());
            insert.setInt(5, delivery.attempt());
            insert.setObject(6, time(delivery.at()));
            insert.setLong(7, delivery.millis());
            insert.setObject(8, delivery.status());
            insert.setString(9, delivery.problem());
            insert.setString(10, id);
            try (ResultSet row = insert.executeQuery()) {
                number = row.next() ? row.getLong(1) : 1;
            }
        }
        if (number % 100 == 0) {
            try (PreparedStatement delete = connection.prepareStatement(FORGET)) {
                delete.setString(1, id);
                delete.setString(2, id);
                delete.setInt(3, KEPT);
                delete.executeUpdate();
            }
        }
    }

    private static List<Webhook> webhooks(PreparedStatement query) throws SQLException {
        try (ResultSet row = query.executeQuery()) {
            List<Webhook> webhooks = new ArrayList<>();
            while (row.next()) {
                Array types = row.getArray(3);
                webhooks.add(
                        new Webhook(
                                row.getString(1),
                                row.getString(2),
                                List.of((String[]) types.getArray()),
                                row.getLong(4),
                                row.getInt(5),
                                instant(row, 6),
                                instant(row, 7),
                                row.getString(8),
                                row.getObject(9, OffsetDateTime.class).toInstant()));
            }
            return webhooks;
        }
    }

    private static List<Delivery> deliveries(PreparedStatement query) throws SQLException {
        try (ResultSet row = query.executeQuery()) {
            List<Delivery> deliveries = new ArrayList<>();
            while (row.next()) {
                deliveries.add(
                        new Delivery(
                                row.getLong(1),
                                row.getObject(2, UUID.class),
                                row.getString(3),
                                row.getInt(4),
                                row.getObject(5, OffsetDateTime.class).toInstant(),
                                row.getLong(6),
                                row.getObject(7, Integer.class),
                                row.getString(8)));
            }
            return deliveries;
        }
    }

    private byte[] secret() {
        byte[] bytes = new byte[SecretSeal.SECRET];
        random.nextBytes(bytes);
        return bytes;
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    private static @Nullable OffsetDateTime time(@Nullable Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }

    private interface Values {
        void set(PreparedStatement statement) throws SQLException;
    }

    /// Whether a row has changed.
    private boolean update(String sql, Values values) {
        return use(
                connection -> {
                    try (PreparedStatement statement = connection.prepareStatement(sql)) {
                        values.set(statement);
                        return statement.executeUpdate() == 1;
                    }
                });
    }

    private interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    private <T> T use(Work<T> work) {
        try (Connection connection = dataSource.getConnection()) {
            return work.on(connection);
        } catch (SQLException e) {
            throw new EventStoreException("the webhooks are out of reach", e);
        }
    }
}
