package dev.twofold.catalog.brand;

import dev.twofold.Metadata;
import dev.twofold.QueryBus;
import dev.twofold.catalog.brand.BrandCommand.CreateBrand;
import dev.twofold.catalog.brand.BrandCommand.RenameBrand;
import dev.twofold.catalog.brand.BrandQuery.FindBrand;
import dev.twofold.catalog.brand.BrandQuery.ListBrands;
import dev.twofold.catalog.http.CommandAnswers;
import dev.twofold.catalog.http.CommandAnswers.Subject;
import dev.twofold.catalog.http.CommandRequest;
import dev.twofold.catalog.http.Cursor;
import dev.twofold.catalog.http.Freshness;
import dev.twofold.catalog.http.IfMatch;
import dev.twofold.catalog.http.Mapped;
import dev.twofold.catalog.http.Parameters;
import dev.twofold.catalog.http.Problem;
import dev.twofold.catalog.http.RowQuery;
import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// Brands over HTTP.
@RestController
@RequestMapping("/brands")
final class BrandEndpoints {
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    private final Brands brands;
    private final QueryBus queries;
    private final CommandAnswers answers;
    private final RowQuery rows;

    BrandEndpoints(Brands brands, QueryBus queries, CommandAnswers answers, RowQuery rows) {
        this.brands = brands;
        this.queries = queries;
        this.answers = answers;
        this.rows = rows;
    }

    /// @param brandId made from the name if it is left out
    record Creation(@Nullable String brandId, String name) {}

    @PostMapping
    ResponseEntity<?> create(@RequestBody Creation body, CommandRequest request) {
        request.ifMatch().refused();
        return handle(new CreateBrand(body.brandId, body.name), "The brand is created", request);
    }

    record Name(String name) {}

    @PostMapping("/{id}/name")
    ResponseEntity<?> rename(
            @PathVariable String id, @RequestBody Name body, CommandRequest request) {
        return handle(new RenameBrand(id, body.name), "The brand is renamed", request);
    }

    @GetMapping("/{id}")
    ResponseEntity<BrandListing.Item> find(
            @PathVariable String id, Freshness freshness, Metadata metadata) {
        return Mapped.body(
                rows.find(
                        freshness,
                        notBefore -> queries.ask(new FindBrand(id, notBefore), metadata),
                        Brand::version,
                        () -> problem(new BrandRefusal.UnknownBrand(id))),
                brand -> new BrandListing.Item(brand.id(), brand.name(), brand.version()));
    }

    /// @param next where the items that follow are; null after the last
    record Listing(List<BrandListing.Item> items, @Nullable String next) {
        Listing {
            items = List.copyOf(items);
        }
    }

    @GetMapping
    ResponseEntity<byte[]> list(
            HttpServletRequest request, Freshness freshness, Metadata metadata) {
        Parameters parameters = Parameters.of(request, Set.of("limit", "after"));
        int limit = parameters.number("limit", 1, MAX_LIMIT).orElse(DEFAULT_LIMIT);
        List<String> after = parameters.nameAndId("after", "brands");
        return rows.list(
                        freshness,
                        notBefore ->
                                queries.ask(
                                        new ListBrands(
                                                after.getFirst(),
                                                after.getLast(),
                                                limit + 1,
                                                notBefore),
                                        metadata),
                        items -> listing(items, limit))
                .json();
    }

    private static Listing listing(List<BrandListing.Item> items, int limit) {
        if (items.size() <= limit) {
            return new Listing(items, null);
        }
        BrandListing.Item last = items.get(limit - 1);
        return new Listing(
                items.subList(0, limit),
                "/brands?limit=%d&after=%s".formatted(limit, Cursor.of(last.name(), last.id())));
    }

    private ResponseEntity<?> handle(BrandCommand command, String done, CommandRequest request) {
        Subject subject =
                new Subject(
                        "brandId",
                        "/brands",
                        done,
                        command instanceof CreateBrand,
                        (id, freshness) -> find(id, freshness, request.metadata()));
        return answers.answer(
                request,
                subject,
                once -> brands.handle(command, request.metadata(), request.ifMatch(), once),
                Brand::id,
                BrandEndpoints::problem);
    }

    private static Problem problem(BrandRefusal refusal) {
        return switch (refusal) {
            case BrandRefusal.InvalidValue r ->
                    CommandAnswers.refused(r, HttpStatus.UNPROCESSABLE_CONTENT, "invalid-value");
            case BrandRefusal.UnknownBrand r ->
                    CommandAnswers.refused(r, HttpStatus.NOT_FOUND, "unknown-brand");
            case BrandRefusal.OtherVersion r -> IfMatch.mismatch(r.version());
            case BrandRefusal.IdTaken r ->
                    CommandAnswers.refused(r, HttpStatus.CONFLICT, "brand-exists");
            case BrandRefusal.NameTaken r ->
                    CommandAnswers.refused(r, HttpStatus.CONFLICT, "brand-name-taken")
                            .with("byBrandId", r.byBrandId());
        };
    }
}
