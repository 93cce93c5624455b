package dev.twofold.catalog.feed;

import dev.twofold.EventStoreException;
import dev.twofold.Metadata;
import dev.twofold.TooManyQueriesException;
import dev.twofold.catalog.feed.FeedExport.Survey;
import dev.twofold.catalog.http.BrokenAnswer;
import dev.twofold.catalog.http.ConsistencyToken;
import dev.twofold.catalog.http.Freshness;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.catalog.http.Parameters;
import dev.twofold.catalog.http.Problem;
import dev.twofold.catalog.http.ViewQuery;
import dev.twofold.catalog.product.ProductPage;
import dev.twofold.catalog.product.ProductPages;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// The catalog as a feed over HTTP.
@RestController
final class FeedExportEndpoint {
    private final FeedExport export;
    private final ProductPages all;
    private final ViewQuery<ProductPage> pages;
    private final LogEpoch epoch;

    FeedExportEndpoint(
            FeedExport export, ProductPages all, ViewQuery<ProductPage> pages, LogEpoch epoch) {
        this.export = export;
        this.all = all;
        this.pages = pages;
        this.epoch = epoch;
    }

    @GetMapping("/export/feed")
    void export(
            HttpServletRequest request,
            HttpServletResponse response,
            Freshness freshness,
            Metadata metadata)
            throws IOException {
        boolean partial = Parameters.of(request, Set.of("partial")).truth("partial").orElse(false);
        // before the first page, so that every page is at least as new
        long position =
                pages.read(freshness, notBefore -> all.read("", notBefore, metadata)).reached();
        Survey survey = export.survey(position, metadata);
        refuse(survey, partial);
        response.setContentType("text/tab-separated-values;charset=UTF-8");
        response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        response.setHeader(
                HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"products.tsv\"");
        response.setHeader(ConsistencyToken.HEADER, epoch.token(position).toString());
        try {
            export.write(survey, partial, response.getOutputStream(), metadata);
        } catch (FeedException | EventStoreException | TooManyQueriesException | Problem e) {
            throw new BrokenAnswer("the feed broke off: " + e.getMessage(), e);
        }
    }

    private static void refuse(Survey survey, boolean partial) {
        if (survey.hasTooManyColumns()) {
            throw Problem.of(
                    HttpStatus.CONFLICT,
                    "too-many-columns",
                    "the products have so many attributes that a feed of them has %,d columns; the limit is %,d"
                            .formatted(survey.sheet().columns(), FeedHeader.MAX_COLUMNS));
        }
        if (survey.unstatedCount() > 0 && !partial) {
            throw Problem.of(
                            HttpStatus.CONFLICT,
                            "not-in-a-feed",
                            "a feed cannot state %,d of the products so that an import makes the same of them; change them, or leave them out with partial=true"
                                    .formatted(survey.unstatedCount()))
                    .with("products", survey.unstated());
        }
    }
}
