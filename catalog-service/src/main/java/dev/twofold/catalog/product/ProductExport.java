package dev.twofold.catalog.product;

import dev.twofold.EventStoreException;
import dev.twofold.catalog.http.BrokenAnswer;
import dev.twofold.catalog.http.ConsistencyToken;
import dev.twofold.catalog.http.Freshness;
import dev.twofold.catalog.http.Parameters;
import dev.twofold.catalog.http.ViewQuery;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.sql.DataSource;
import org.springframework.http.HttpHeaders;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// All product pages as a stream of lines, one JSON object each, in the order of their keys.
///
/// Holds one chunk of pages in memory and no connection while a caller is slow, so any number of
/// slow callers hold back nobody. Each page is as it was when its chunk was read. A stream that is
/// cut goes on with `after`, the id of its last whole line.
@RestController
final class ProductExport {
    private static final int CHUNK = 500;
    private static final String AFTER =
            """
            SELECT key, document::text FROM product_page WHERE key > ? ORDER BY key LIMIT ?
            """;

    private final DataSource dataSource;
    private final ViewQuery<ProductPage> pages;

    ProductExport(DataSource dataSource, ViewQuery<ProductPage> pages) {
        this.dataSource = dataSource;
        this.pages = pages;
    }

    private record Line(String key, String json) {}

    @GetMapping("/export/products")
    void export(HttpServletRequest request, HttpServletResponse response, Freshness freshness)
            throws IOException {
        String after = Parameters.of(request, Set.of("after")).text("after").orElse("");
        // before the first page, so that every page is at least as new
        HttpHeaders fresh = pages.list(freshness, () -> "").getHeaders();
        List<Line> chunk = chunk(after);
        response.setContentType("application/x-ndjson");
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        response.setHeader(ConsistencyToken.HEADER, fresh.getFirst(ConsistencyToken.HEADER));
        OutputStream out = response.getOutputStream();
        while (!chunk.isEmpty()) {
            for (Line line : chunk) {
                out.write(line.json.getBytes(StandardCharsets.UTF_8));
                out.write('\n');
            }
            chunk = chunk.size() < CHUNK ? List.of() : next(chunk.getLast().key);
        }
    }

    private List<Line> next(String after) {
        try {
            return chunk(after);
        } catch (EventStoreException e) {
            throw new BrokenAnswer("the export broke off after product " + after, e);
        }
    }

    private List<Line> chunk(String after) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(AFTER)) {
            statement.setString(1, after);
            statement.setInt(2, CHUNK);
            try (ResultSet row = statement.executeQuery()) {
                List<Line> lines = new ArrayList<>(CHUNK);
                while (row.next()) {
                    lines.add(new Line(row.getString(1), row.getString(2)));
                }
                return lines;
            }
        } catch (SQLException e) {
            throw new EventStoreException("the export of products is out of reach", e);
        }
    }
}
