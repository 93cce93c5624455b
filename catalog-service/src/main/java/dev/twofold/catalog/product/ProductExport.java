package dev.twofold.catalog.product;

import dev.twofold.EventStoreException;
import dev.twofold.Metadata;
import dev.twofold.TooManyQueriesException;
import dev.twofold.catalog.http.BrokenAnswer;
import dev.twofold.catalog.http.ConsistencyToken;
import dev.twofold.catalog.http.Freshness;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.catalog.http.Parameters;
import dev.twofold.catalog.http.Problem;
import dev.twofold.catalog.http.ViewQuery;
import dev.twofold.catalog.product.ProductPages.Page;
import dev.twofold.postgres.TableAnswer;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// All product pages as a stream of lines, one JSON object each, in the order of their keys.
///
/// Holds one chunk of pages in memory and no connection while a caller is slow, so any number of
/// slow callers hold back nobody. A stream that is cut goes on with `after`, the id of its last
/// whole line.
@RestController
final class ProductExport {
    private final ProductPages all;
    private final ViewQuery<ProductPage> pages;
    private final LogEpoch epoch;

    ProductExport(ProductPages all, ViewQuery<ProductPage> pages, LogEpoch epoch) {
        this.all = all;
        this.pages = pages;
        this.epoch = epoch;
    }

    @GetMapping("/export/products")
    void export(
            HttpServletRequest request,
            HttpServletResponse response,
            Freshness freshness,
            Metadata metadata)
            throws IOException {
        String after = Parameters.of(request, Set.of("after")).text("after").orElse("");
        TableAnswer.Read<List<Page>> first =
                pages.read(freshness, notBefore -> all.read(after, notBefore, metadata));
        response.setContentType("application/x-ndjson");
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        response.setHeader(ConsistencyToken.HEADER, epoch.token(first.reached()).toString());
        OutputStream out = response.getOutputStream();
        List<Page> chunk = first.content();
        while (!chunk.isEmpty()) {
            for (Page page : chunk) {
                out.write(page.json().getBytes(StandardCharsets.UTF_8));
                out.write('\n');
            }
            // from whichever server, but none that is further back than the first chunk
            chunk = next(chunk.getLast().id(), first.reached(), metadata);
        }
    }

    private List<Page> next(String after, long notBefore, Metadata metadata) {
        try {
            return all.after(after, notBefore, metadata);
        } catch (EventStoreException | TooManyQueriesException | Problem e) {
            throw new BrokenAnswer("the export broke off after product " + after, e);
        }
    }
}
