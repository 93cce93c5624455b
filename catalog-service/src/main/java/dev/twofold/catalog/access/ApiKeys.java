package dev.twofold.catalog.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.twofold.EventStoreException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// The keys of those who call the catalog.
///
/// A key is `twofold_ID_SECRET`. Only the SHA-256 of its secret is kept, which is enough for 256
/// random bits. Safe for use by many threads.
public final class ApiKeys {
    private static final int SECRET_BYTES = 32;
    private static final int ID_BYTES = 6;
    private static final int MAX_NAME = 100;
    private static final int MAX_REMEMBERED = 10_000;
    private static final Pattern FORM =
            Pattern.compile("twofold_([0-9a-f]{12})_([0-9A-Za-z_-]{43})");

    private static final String LOCK =
            """
            LOCK TABLE catalog.api_key IN SHARE ROW EXCLUSIVE MODE
            """;
    private static final String HAS_OPERATOR =
            """
            SELECT 1 FROM catalog.api_key WHERE scope = 'operator' LIMIT 1
            """;
    private static final String INSERT =
            """
            INSERT INTO catalog.api_key (id, name, scope, hash, expires_at) VALUES (?, ?, ?, ?, ?)
            """;
    private static final String LIST =
            """
            SELECT id, name, scope, created_at, expires_at, revoked_at, last_used_at
            FROM catalog.api_key ORDER BY created_at, id
            """;

    /// Notes the use, but no more than once a minute, so that reading is no writing.
    private static final String FIND =
            """
            WITH found AS (
              SELECT id, last_used_at FROM catalog.api_key
              WHERE id = ? AND revoked_at IS NULL
                AND (expires_at IS NULL OR expires_at > now())
                AND (hash = ? OR (previous_hash = ? AND previous_until > now()))
            ), used AS (
              UPDATE catalog.api_key SET last_used_at = now() FROM found
              WHERE api_key.id = found.id
                AND (found.last_used_at IS NULL OR found.last_used_at < now() - interval '1 minute')
            )
            SELECT k.id, k.name, k.scope, k.created_at, k.expires_at, k.revoked_at, k.last_used_at
            FROM catalog.api_key k JOIN found ON k.id = found.id
            """;

    private static final String REVOKE =
            """
            UPDATE catalog.api_key SET revoked_at = now() WHERE id = ? AND revoked_at IS NULL
            """;
    private static final String ROTATE =
            """
            UPDATE catalog.api_key
            SET previous_hash = hash, previous_until = now() + ? * interval '1 second', hash = ?
            WHERE id = ? AND revoked_at IS NULL
            """;

    private final DataSource dataSource;
    private final Cache<String, Optional<ApiKey>> known;
    private final SecureRandom random = new SecureRandom();

    /// @param memory how long what was looked up is known
    public ApiKeys(DataSource dataSource, Duration memory) {
        this.dataSource = dataSource;
        this.known =
                Caffeine.newBuilder()
                        .maximumSize(MAX_REMEMBERED)
                        .expireAfterWrite(memory)
                        .executor(Runnable::run)
                        .build();
    }

    /// Makes a key, and returns it with its secret, which nobody can tell later.
    ///
    /// @param name at most 100 visible characters
    /// @param validFor null for as long as it is not revoked
    /// @throws IllegalArgumentException if the name is none
    /// @throws EventStoreException if the database is out of reach
    public String create(String name, Scope scope, @Nullable Duration validFor) {
        if (name.isBlank()
                || name.length() > MAX_NAME
                || name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "the name of a key has 1 to %d visible characters".formatted(MAX_NAME));
        }
        return use(connection -> create(connection, name, scope, validFor));
    }

    /// Makes the first operator's key if there was never one.
    ///
    /// @throws EventStoreException if the database is out of reach
    public Optional<String> createFirst() {
        return use(
                connection -> {
                    connection.setAutoCommit(false);
                    try (PreparedStatement lock = connection.prepareStatement(LOCK);
                            PreparedStatement query = connection.prepareStatement(HAS_OPERATOR)) {
                        lock.execute();
                        try (ResultSet row = query.executeQuery()) {
                            Optional<String> made =
                                    row.next()
                                            ? Optional.empty()
                                            : Optional.of(
                                                    create(
                                                            connection,
                                                            "first operator",
                                                            Scope.OPERATOR,
                                                            null));
                            connection.commit();
                            return made;
                        }
                    } finally {
                        connection.rollback();
                        connection.setAutoCommit(true);
                    }
                });
    }

    /// All keys, the oldest first.
    ///
    /// @throws EventStoreException if the database is out of reach
    public List<ApiKey> list() {
        return use(
                connection -> {
                    try (PreparedStatement query = connection.prepareStatement(LIST);
                            ResultSet row = query.executeQuery()) {
                        List<ApiKey> keys = new ArrayList<>();
                        while (row.next()) {
                            keys.add(key(row));
                        }
                        return keys;
                    }
                });
    }

    /// Has a key taken no more; whether it was until now.
    ///
    /// @throws EventStoreException if the database is out of reach
    public boolean revoke(String id) {
        boolean revoked =
                use(
                        connection -> {
                            try (PreparedStatement update = connection.prepareStatement(REVOKE)) {
                                update.setString(1, id);
                                return update.executeUpdate() == 1;
                            }
                        });
        known.invalidateAll();
        return revoked;
    }

    /// Gives a key another secret; the old one is taken for a while longer.
    ///
    /// @return the key with its new secret; empty if there is no such key
    /// @throws EventStoreException if the database is out of reach
    public Optional<String> rotate(String id, Duration overlap) {
        String secret = secret();
        boolean rotated =
                use(
                        connection -> {
                            try (PreparedStatement update = connection.prepareStatement(ROTATE)) {
                                update.setLong(1, overlap.toSeconds());
                                update.setBytes(2, hash(secret));
                                update.setString(3, id);
                                return update.executeUpdate() == 1;
                            }
                        });
        known.invalidateAll();
        return rotated ? Optional.of(text(id, secret)) : Optional.empty();
    }

    /// Whether a text has the form of a key.
    static boolean isKey(String text) {
        return text.startsWith("twofold_");
    }

    /// The key that a caller presents; empty if it is not taken.
    ///
    /// @throws EventStoreException if the database is out of reach
    Optional<ApiKey> find(String presented) {
        Matcher form = FORM.matcher(presented);
        if (!form.matches()) {
            return Optional.empty();
        }
        byte[] hash = hash(form.group(2));
        String id = form.group(1);
        return known.get(id + HexFormat.of().formatHex(hash), _ -> lookUp(id, hash));
    }

    private Optional<ApiKey> lookUp(String id, byte[] hash) {
        return use(
                connection -> {
                    try (PreparedStatement query = connection.prepareStatement(FIND)) {
                        query.setString(1, id);
                        query.setBytes(2, hash);
                        query.setBytes(3, hash);
                        try (ResultSet row = query.executeQuery()) {
                            return row.next() ? Optional.of(key(row)) : Optional.empty();
                        }
                    }
                });
    }

    private String create(
            Connection connection, String name, Scope scope, @Nullable Duration validFor)
            throws SQLException {
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        String shown = HexFormat.of().formatHex(id);
        String secret = secret();
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            insert.setString(1, shown);
            insert.setString(2, name);
            insert.setString(3, scope.label());
            insert.setBytes(4, hash(secret));
            insert.setObject(
                    5, validFor == null ? null : OffsetDateTime.now(ZoneOffset.UTC).plus(validFor));
            insert.executeUpdate();
        }
        return text(shown, secret);
    }

    private String secret() {
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String text(String id, String secret) {
        return "twofold_%s_%s".formatted(id, secret);
    }

    private static ApiKey key(ResultSet row) throws SQLException {
        String scope = row.getString(3);
        return new ApiKey(
                row.getString(1),
                row.getString(2),
                Scope.of(scope)
                        .orElseThrow(() -> new IllegalStateException("no scope is " + scope)),
                row.getObject(4, OffsetDateTime.class).toInstant(),
                instant(row, 5),
                instant(row, 6),
                instant(row, 7));
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    private static byte[] hash(String secret) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(secret.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    private <T> T use(Work<T> work) {
        try (Connection connection = dataSource.getConnection()) {
            return work.on(connection);
        } catch (SQLException e) {
            throw new EventStoreException("the catalog's keys are out of reach", e);
        }
    }
}
