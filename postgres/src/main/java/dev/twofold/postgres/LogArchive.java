package dev.twofold.postgres;

import dev.twofold.EventStoreException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;

/// The events of a log in a file, one line of JSON each, and back.
///
/// An event keeps all that the log has of it, its position and checksum included. Both ways resume:
/// an export goes on after the last whole line of its file, an import after the last event of its
/// log. Idempotency keys, snapshots and views are not part of it, and a log that was imported has
/// an epoch of its own, so consistency tokens of the old one are not taken for its.
public final class LogArchive {
    private static final int PART = 1_000;
    private static final Pattern POSITION = Pattern.compile("\\{\"position\":(\\d{1,18}),.*\\}");
    private static final String EXPORT = Sql.resource("export-events.sql");
    private static final String IMPORT =
            """
            SELECT twofold.import_events(?)
            """;
    private static final String SAME =
            """
            SELECT encode(checksum, 'hex') = ?::json ->> 'checksum'
            FROM twofold.event WHERE position = ?
            """;

    private final DataSource dataSource;

    public LogArchive(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /// Writes the events that the file does not have yet.
    ///
    /// @param progress is told the position up to which all is written
    /// @return the last position in the file
    /// @throws EventStoreException if the database is out of reach; what was written stays
    /// @throws IllegalArgumentException if the file is not an export of this log
    public long exportTo(Path file, LongConsumer progress) throws IOException {
        long position = last(file);
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(EXPORT);
                OutputStream out =
                        Files.newOutputStream(
                                file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            for (int count = PART; count == PART; ) {
                statement.setLong(1, position);
                statement.setInt(2, PART);
                StringBuilder lines = new StringBuilder();
                count = 0;
                try (ResultSet rows = statement.executeQuery()) {
                    for (; rows.next(); count++) {
                        position = rows.getLong(1);
                        lines.append(rows.getString(2)).append('\n');
                    }
                }
                out.write(lines.toString().getBytes(StandardCharsets.UTF_8));
                progress.accept(position);
            }
            return position;
        } catch (SQLException e) {
            throw SqlFailure.diagnosis("the log cannot be exported", e);
        }
    }

    /// Takes in the events of a file that the log does not have yet, a thousand at a time.
    ///
    /// @param progress is told the position up to which all is in the log
    /// @return the last position of the log
    /// @throws EventStoreException if the database is out of reach; what was taken in stays
    /// @throws IllegalArgumentException if the file is not an export that this log is the beginning
    ///   of; the message names the line
    public long importFrom(Path file, LongConsumer progress) throws IOException {
        try (Connection connection = dataSource.getConnection();
                BufferedReader reader = Files.newBufferedReader(file)) {
            long head = EventReads.head(connection);
            List<String> part = new ArrayList<>(PART);
            long number = 0;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                long position = position(file, number, line);
                if (position == head) {
                    requireSame(connection, file, line, head);
                } else if (position > head) {
                    part.add(line);
                }
                if (part.size() == PART) {
                    progress.accept(take(connection, file, number, part));
                    part.clear();
                }
            }
            if (!part.isEmpty()) {
                progress.accept(take(connection, file, number, part));
            }
            return EventReads.head(connection);
        } catch (SQLException e) {
            throw SqlFailure.diagnosis("the log cannot be imported", e);
        }
    }

    private static long take(Connection connection, Path file, long number, List<String> part)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(IMPORT)) {
            statement.setArray(1, connection.createArrayOf("text", part.toArray()));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        } catch (SQLException e) {
            if (SqlFailure.of(e) == SqlFailure.REFUSED || "TF002".equals(e.getSQLState())) {
                throw new IllegalArgumentException(
                        "lines %d to %d of %s cannot be imported, and none of them was: %s"
                                .formatted(number - part.size() + 1, number, file, e.getMessage()),
                        e);
            }
            throw e;
        }
    }

    private static void requireSame(Connection connection, Path file, String line, long position)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SAME)) {
            statement.setString(1, line);
            statement.setLong(2, position);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next() || !row.getBoolean(1)) {
                    throw new IllegalArgumentException(
                            ("%s and the log have different events at position %d; import into an"
                                            + " empty log")
                                    .formatted(file, position));
                }
            }
        }
    }

    /// The position of the file's last whole line, 0 if there is none; cuts off what comes after
    /// it.
    private long last(Path file) throws IOException {
        if (!Files.exists(file)) {
            return 0;
        }
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            long end = lineEnd(bytes, bytes.length());
            bytes.setLength(end);
            if (end == 0) {
                return 0;
            }
            long start = lineEnd(bytes, end - 1);
            byte[] line = new byte[Math.toIntExact(end - 1 - start)];
            bytes.seek(start);
            bytes.readFully(line);
            String last = new String(line, StandardCharsets.UTF_8);
            long position = position(file, -1, last);
            try (Connection connection = dataSource.getConnection()) {
                requireSame(connection, file, last, position);
            } catch (SQLException e) {
                throw SqlFailure.diagnosis("the log cannot be exported", e);
            }
            return position;
        }
    }

    /// Just after the last line feed before an offset; 0 if there is none.
    private static long lineEnd(RandomAccessFile bytes, long before) throws IOException {
        for (long offset = before; offset > 0; offset--) {
            bytes.seek(offset - 1);
            if (bytes.read() == '\n') {
                return offset;
            }
        }
        return 0;
    }

    private static long position(Path file, long number, String line) {
        Matcher matcher = POSITION.matcher(line);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "%s line of %s is no exported event, which begins {\"position\":…: \"%s\""
                            .formatted(
                                    number < 0 ? "the last" : "the %,d.".formatted(number),
                                    file,
                                    line.substring(0, Math.min(line.length(), 60))));
        }
        return Long.parseLong(matcher.group(1));
    }
}
