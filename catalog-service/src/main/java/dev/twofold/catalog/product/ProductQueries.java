package dev.twofold.catalog.product;

import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.twofold.Codec;
import dev.twofold.Metadata;
import dev.twofold.QueryBus;
import dev.twofold.catalog.http.Cursor;
import dev.twofold.catalog.http.Freshness;
import dev.twofold.catalog.http.Mapped;
import dev.twofold.catalog.http.Parameters;
import dev.twofold.catalog.http.ViewQuery;
import dev.twofold.catalog.http.WebPage;
import dev.twofold.catalog.product.ProductListing.Filter;
import dev.twofold.catalog.product.ProductListing.Item;
import dev.twofold.catalog.product.ProductListing.Page;
import dev.twofold.catalog.product.ProductListing.Place;
import dev.twofold.catalog.product.ProductListing.Sort;
import dev.twofold.postgres.TableAnswer;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.util.UriComponentsBuilder;

/// Product pages and listings over HTTP, as JSON for programs and as HTML for people.
@RestController
@RequestMapping("/products")
final class ProductQueries {
    private static final int DEFAULT_LIMIT = 20;
    private static final int MAX_LIMIT = 100;
    private static final Set<String> PARAMETERS =
            Set.of("category", "brand", "inStock", "sort", "limit", "after");

    private static final WebPage PAGE = new WebPage("product", "product");
    private static final WebPage EDIT = new WebPage("edit", "product");
    private static final WebPage LISTING = new WebPage("products", "listing");

    private final ViewQuery<ProductPage> pages;
    private final QueryBus queries;
    private final Codec codec;

    ProductQueries(ViewQuery<ProductPage> pages, QueryBus queries, Codec codec) {
        this.pages = pages;
        this.queries = queries;
        this.codec = codec;
    }

    /// What programs get.
    ///
    /// @param items as the database has made JSON of them
    /// @param next where the items that follow are; null after the last
    private record Listed(@JsonRawValue String items, @Nullable String next) {}

    /// What people are shown: the same.
    record Listing(List<Item> items, @Nullable String next) {
        Listing {
            items = List.copyOf(items);
        }
    }

    @GetMapping(path = "/{id}", produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<ProductPage> page(@PathVariable String id, Freshness freshness) {
        return pages.find("product", id, freshness);
    }

    @GetMapping(path = "/{id}", produces = MediaType.TEXT_HTML_VALUE)
    @Nullable ModelAndView webPage(
            @PathVariable String id, Freshness freshness, ServletWebRequest request) {
        return PAGE.show(pages.find("product", id, freshness), request);
    }

    /// Where an editor changes the price.
    @GetMapping(path = "/{id}/edit", produces = MediaType.TEXT_HTML_VALUE)
    @Nullable ModelAndView editPage(
            @PathVariable String id, Freshness freshness, ServletWebRequest request) {
        return EDIT.show(pages.find("product", id, freshness), request);
    }

    @GetMapping(produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<byte[]> list(
            HttpServletRequest request, Freshness freshness, Metadata metadata) {
        Question question = Question.of(request);
        TableAnswer.Read<Page> read = read(question, freshness, metadata);
        String next = question.next(read.content());
        ResponseEntity<byte[]> answer =
                pages.json(freshness, read, new Listed(read.content().items(), next));
        return next == null ? answer : Mapped.withNext(answer, next);
    }

    @GetMapping(produces = MediaType.TEXT_HTML_VALUE)
    @Nullable ModelAndView webList(
            ServletWebRequest request, Freshness freshness, Metadata metadata) {
        Question question = Question.of(request.getRequest());
        TableAnswer.Read<Page> read = read(question, freshness, metadata);
        Listed listed = new Listed(read.content().items(), question.next(read.content()));
        ModelAndView page =
                LISTING.show(
                        Mapped.body(
                                pages.json(freshness, read, listed),
                                json ->
                                        codec.decode(
                                                new String(json, StandardCharsets.UTF_8),
                                                Listing.class)),
                        request);
        return page == null ? null : page.addObject("links", question.links());
    }

    private TableAnswer.Read<Page> read(Question question, Freshness freshness, Metadata metadata) {
        return pages.read(
                freshness, notBefore -> queries.ask(question.noOlderThan(notBefore), metadata));
    }

    /// A link above a listing.
    ///
    /// @param current whether that is how the listing looks now
    record WayToLook(String title, String address, boolean current) {}

    /// What the parameters of a listing ask for.
    record Question(Filter filter, Sort sort, Place after, int limit) {

        static Question of(HttpServletRequest request) {
            Parameters parameters = Parameters.of(request, PARAMETERS);
            Sort sort =
                    parameters
                            .text("sort")
                            .map(label -> sort(parameters, label))
                            .orElse(Sort.RATING);
            return new Question(
                    new Filter(
                            parameters.text("category").orElse(null),
                            parameters.text("brand").orElse(null),
                            parameters.truth("inStock").orElse(null)),
                    sort,
                    parameters
                            .text("after")
                            .map(text -> place(parameters, text, sort))
                            .orElseGet(sort::start),
                    parameters.number("limit", 1, MAX_LIMIT).orElse(DEFAULT_LIMIT));
        }

        private static Sort sort(Parameters parameters, String label) {
            return Stream.of(Sort.values())
                    .filter(sort -> sort.label.equals(label))
                    .findFirst()
                    .orElseThrow(() -> parameters.invalid("sort", "rating, price or name"));
        }

        private static Place place(Parameters parameters, String text, Sort sort) {
            List<String> parts = Cursor.parse(text).parts();
            if (parts.size() == 3
                    && parts.getFirst().equals(sort.label)
                    && sort.values.matcher(parts.get(1)).matches()) {
                return new Place(parts.get(1), parts.get(2));
            }
            throw parameters.invalid(
                    "after", "what a listing with sort=%s gave out".formatted(sort.label));
        }

        ListProducts noOlderThan(long notBefore) {
            return new ListProducts(filter, sort, after, limit, notBefore);
        }

        /// The address of the items after a page; null if there are none.
        @Nullable String next(Page page) {
            Place last = page.last();
            if (last == null) {
                return null;
            }
            Cursor after = Cursor.of(sort.label, last.value(), last.key());
            return address(sort, filter.inStock(), Optional.of(after));
        }

        /// The ways to look at the same products, each from the first.
        List<WayToLook> links() {
            Stream<WayToLook> orders =
                    Stream.of(Sort.values())
                            .map(
                                    by ->
                                            new WayToLook(
                                                    by.title,
                                                    address(by, filter.inStock(), Optional.empty()),
                                                    by == sort));
            boolean all = filter.inStock() == null;
            WayToLook stock =
                    new WayToLook(
                            "In stock only",
                            address(sort, all ? true : null, Optional.empty()),
                            !all);
            return Stream.concat(orders, Stream.of(stock)).toList();
        }

        private String address(Sort by, @Nullable Boolean inStock, Optional<Cursor> after) {
            UriComponentsBuilder address =
                    UriComponentsBuilder.fromPath("/products")
                            .queryParamIfPresent(
                                    "category", Optional.ofNullable(filter.categoryId()))
                            .queryParamIfPresent("brand", Optional.ofNullable(filter.brandId()))
                            .queryParamIfPresent("inStock", Optional.ofNullable(inStock))
                            .queryParam("sort", by.label)
                            .queryParam("limit", limit)
                            .queryParamIfPresent("after", after);
            return address.encode().build().toUriString();
        }
    }
}
