package dev.twofold.catalog.category;

import dev.twofold.Metadata;
import dev.twofold.QueryBus;
import dev.twofold.catalog.category.CategoryCommand.CreateCategory;
import dev.twofold.catalog.category.CategoryCommand.RenameCategory;
import dev.twofold.catalog.category.CategoryQuery.FindCategory;
import dev.twofold.catalog.category.CategoryQuery.ListCategories;
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

/// Categories over HTTP.
@RestController
@RequestMapping("/categories")
final class CategoryEndpoints {
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    private final Categories categories;
    private final QueryBus queries;
    private final CommandAnswers answers;
    private final RowQuery rows;

    CategoryEndpoints(
            Categories categories, QueryBus queries, CommandAnswers answers, RowQuery rows) {
        this.categories = categories;
        this.queries = queries;
        this.answers = answers;
        this.rows = rows;
    }

    /// @param categoryId made from the name if it is left out
    /// @param parentId null for a category at the top
    record Creation(@Nullable String categoryId, @Nullable String parentId, String name) {}

    @PostMapping
    ResponseEntity<?> create(@RequestBody Creation body, CommandRequest request) {
        request.ifMatch().refused();
        return handle(
                new CreateCategory(body.categoryId, body.parentId, body.name),
                "The category is created",
                request);
    }

    record Name(String name) {}

    @PostMapping("/{id}/name")
    ResponseEntity<?> rename(
            @PathVariable String id, @RequestBody Name body, CommandRequest request) {
        return handle(new RenameCategory(id, body.name), "The category is renamed", request);
    }

    @GetMapping("/{id}")
    ResponseEntity<CategoryListing.Item> find(
            @PathVariable String id, Freshness freshness, Metadata metadata) {
        return Mapped.body(
                rows.find(
                        freshness,
                        notBefore -> queries.ask(new FindCategory(id, notBefore), metadata),
                        Category::version,
                        () -> problem(new CategoryRefusal.UnknownCategory(id))),
                category ->
                        new CategoryListing.Item(
                                category.id(),
                                category.parentId(),
                                category.name(),
                                category.version()));
    }

    /// @param next where the items that follow are; null after the last
    record Listing(List<CategoryListing.Item> items, @Nullable String next) {
        Listing {
            items = List.copyOf(items);
        }
    }

    @GetMapping
    ResponseEntity<byte[]> list(
            HttpServletRequest request, Freshness freshness, Metadata metadata) {
        Parameters parameters = Parameters.of(request, Set.of("limit", "after"));
        int limit = parameters.number("limit", 1, MAX_LIMIT).orElse(DEFAULT_LIMIT);
        List<String> after = parameters.nameAndId("after", "categories");
        return rows.list(
                        freshness,
                        notBefore ->
                                queries.ask(
                                        new ListCategories(
                                                after.getFirst(),
                                                after.getLast(),
                                                limit + 1,
                                                notBefore),
                                        metadata),
                        items -> listing(items, limit))
                .json();
    }

    private static Listing listing(List<CategoryListing.Item> items, int limit) {
        if (items.size() <= limit) {
            return new Listing(items, null);
        }
        CategoryListing.Item last = items.get(limit - 1);
        return new Listing(
                items.subList(0, limit),
                "/categories?limit=%d&after=%s"
                        .formatted(limit, Cursor.of(last.name(), last.id())));
    }

    private ResponseEntity<?> handle(CategoryCommand command, String done, CommandRequest request) {
        Subject subject =
                new Subject(
                        "categoryId",
                        "/categories",
                        done,
                        command instanceof CreateCategory,
                        (id, freshness) -> find(id, freshness, request.metadata()));
        return answers.answer(
                request,
                subject,
                once -> categories.handle(command, request.metadata(), request.ifMatch(), once),
                Category::id,
                CategoryEndpoints::problem);
    }

    private static Problem problem(CategoryRefusal refusal) {
        return switch (refusal) {
            case CategoryRefusal.InvalidValue r ->
                    CommandAnswers.refused(r, HttpStatus.UNPROCESSABLE_CONTENT, "invalid-value");
            case CategoryRefusal.UnknownCategory r ->
                    CommandAnswers.refused(r, HttpStatus.NOT_FOUND, "unknown-category");
            case CategoryRefusal.UnknownParent r ->
                    CommandAnswers.refused(r, HttpStatus.UNPROCESSABLE_CONTENT, "unknown-parent");
            case CategoryRefusal.OtherVersion r -> IfMatch.mismatch(r.version());
            case CategoryRefusal.IdTaken r ->
                    CommandAnswers.refused(r, HttpStatus.CONFLICT, "category-exists");
            case CategoryRefusal.NameTaken r ->
                    CommandAnswers.refused(r, HttpStatus.CONFLICT, "category-name-taken")
                            .with("byCategoryId", r.byCategoryId());
        };
    }
}
