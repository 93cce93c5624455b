package dev.twofold.catalog.changes;

import dev.twofold.Metadata;
import dev.twofold.QueryBus;
import dev.twofold.catalog.changes.DailyChanges.Day;
import dev.twofold.catalog.changes.DailyChanges.ListDays;
import dev.twofold.catalog.http.Freshness;
import dev.twofold.catalog.http.Parameters;
import dev.twofold.catalog.http.Shown;
import dev.twofold.catalog.http.TableQuery;
import dev.twofold.catalog.http.WebPage;
import jakarta.servlet.http.HttpServletRequest;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.servlet.ModelAndView;

/// Daily changes over HTTP.
@RestController
final class ChangesEndpoints {
    private static final int DEFAULT_LIMIT = 31;
    private static final int MAX_LIMIT = 366;
    private static final LocalDate END = LocalDate.of(9999, 12, 31);

    private static final WebPage PAGE = new WebPage("changes", "days");

    private final QueryBus queries;
    private final TableQuery query;

    ChangesEndpoints(QueryBus queries, TableQuery dailyChangesQuery) {
        this.queries = queries;
        this.query = dailyChangesQuery;
    }

    /// @param next where the days before are; null after the first
    record Days(List<Day> items, @Nullable String next) {
        Days {
            items = List.copyOf(items);
        }
    }

    @GetMapping(path = "/changes", produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<byte[]> list(
            HttpServletRequest request, Freshness freshness, Metadata metadata) {
        return days(request, freshness, metadata).json();
    }

    private Shown<Days> days(HttpServletRequest request, Freshness freshness, Metadata metadata) {
        Parameters parameters = Parameters.of(request, Set.of("before", "limit"));
        int limit = parameters.number("limit", 1, MAX_LIMIT).orElse(DEFAULT_LIMIT);
        LocalDate before = parameters.text("before").map(text -> day(parameters, text)).orElse(END);
        return query.answer(
                freshness,
                notBefore -> queries.ask(new ListDays(before, limit + 1, notBefore), metadata),
                days -> shown(days, limit));
    }

    @GetMapping(path = "/changes", produces = MediaType.TEXT_HTML_VALUE)
    @Nullable ModelAndView webList(
            ServletWebRequest request, Freshness freshness, Metadata metadata) {
        return PAGE.show(days(request.getRequest(), freshness, metadata).page(), request);
    }

    private static Days shown(List<Day> days, int limit) {
        return days.size() <= limit
                ? new Days(days, null)
                : new Days(
                        days.subList(0, limit),
                        "/changes?limit=%d&before=%s".formatted(limit, days.get(limit - 1).day()));
    }

    private static LocalDate day(Parameters parameters, String text) {
        try {
            LocalDate day = LocalDate.parse(text);
            if (day.getYear() >= 1 && day.getYear() <= END.getYear()) {
                return day;
            }
        } catch (DateTimeException _) {
            // said below
        }
        throw parameters.invalid("before", "a day such as 2026-11-01");
    }
}
