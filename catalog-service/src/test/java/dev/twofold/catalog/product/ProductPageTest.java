package dev.twofold.catalog.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.Metadata;
import dev.twofold.Recorded;
import dev.twofold.ViewFold;
import dev.twofold.ViewFoldException;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.brand.BrandEvent.BrandCreated;
import dev.twofold.catalog.brand.BrandEvent.BrandRenamed;
import dev.twofold.catalog.category.CategoryEvent.CategoryCreated;
import dev.twofold.catalog.category.CategoryEvent.CategoryRenamed;
import dev.twofold.catalog.category.CategoryPath;
import dev.twofold.catalog.product.ProductEvent.AttributesChanged;
import dev.twofold.catalog.product.ProductEvent.BrandAssigned;
import dev.twofold.catalog.product.ProductEvent.CategoryAssigned;
import dev.twofold.catalog.product.ProductEvent.PriceChanged;
import dev.twofold.catalog.product.ProductEvent.ProductCreated;
import dev.twofold.catalog.product.ProductEvent.ProductDescribed;
import dev.twofold.catalog.product.ProductEvent.ProductDiscontinued;
import dev.twofold.catalog.product.ProductEvent.ProductRenamed;
import dev.twofold.catalog.product.ProductEvent.StockAdjusted;
import dev.twofold.catalog.review.ReviewEvent.ReviewSubmitted;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.testkit.InMemoryDocuments;
import dev.twofold.testkit.ViewSpec;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProductPageTest {
    private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");
    private static final ProductDetails KETTLE =
            new ProductDetails(
                    "Kettle",
                    "Whistles.",
                    Money.parse("220 INR"),
                    Money.parse("199.50 INR"),
                    5,
                    "acme",
                    "kettles",
                    Map.of("gtin", "4006381333931"));
    private static final List<CatalogEvent> SHOP =
            List.of(
                    new BrandCreated("acme", "Acme"),
                    new CategoryCreated("kitchen", null, "Kitchen"),
                    new CategoryCreated("kettles", "kitchen", "Kettles"),
                    new CategoryCreated("garden", null, "Garden"),
                    new ProductCreated("p1", "K-1", KETTLE));

    @Test
    void shows_all_there_is_to_a_new_product() {
        assertThat(page(SHOP))
                .isEqualTo(
                        new ProductPage(
                                "p1",
                                "K-1",
                                "Kettle",
                                "Whistles.",
                                new BigDecimal("220.00"),
                                "INR",
                                "₹220.00",
                                new BigDecimal("199.50"),
                                "₹199.50",
                                5,
                                true,
                                "acme",
                                "Acme",
                                "kettles",
                                "Kettles",
                                List.of(
                                        new CategoryPath.Step("kitchen", "Kitchen"),
                                        new CategoryPath.Step("kettles", "Kettles")),
                                null,
                                0,
                                0,
                                Map.of("gtin", "4006381333931"),
                                false,
                                NOON.plusSeconds(5),
                                NOON.plusSeconds(5),
                                5));
    }

    @Test
    void follows_every_change_of_the_product() {
        ProductPage page =
                page(
                        SHOP,
                        new ProductRenamed("p1", "Pot"),
                        new ProductDescribed("p1", null),
                        new PriceChanged("p1", Money.parse("3 EUR"), null),
                        new StockAdjusted("p1", -5, 0),
                        new BrandAssigned("p1", null),
                        new CategoryAssigned("p1", "garden"),
                        new AttributesChanged("p1", Map.of("color", "red")));
        assertThat(page)
                .extracting(
                        ProductPage::name,
                        ProductPage::description,
                        ProductPage::formattedPrice,
                        ProductPage::salePrice,
                        ProductPage::inStock,
                        ProductPage::brandId,
                        ProductPage::brandName,
                        ProductPage::categoryName,
                        ProductPage::attributes,
                        ProductPage::createdAt,
                        ProductPage::updatedAt,
                        ProductPage::version)
                .containsExactly(
                        "Pot",
                        null,
                        "€3.00",
                        null,
                        false,
                        null,
                        null,
                        "Garden",
                        Map.of("color", "red"),
                        NOON.plusSeconds(5),
                        NOON.plusSeconds(12),
                        12L);
    }

    @Test
    void shows_the_new_name_of_its_brand() {
        assertThat(page(SHOP, new BrandRenamed("acme", "ACME")).brandName()).isEqualTo("ACME");
        assertThat(page(SHOP, new BrandRenamed("ajax", "Ajax")).brandName()).isEqualTo("Acme");
    }

    @Test
    void shows_the_new_name_of_every_category_above_it() {
        ProductPage page =
                page(
                        SHOP,
                        new CategoryRenamed("kitchen", "Kitchen & Table"),
                        new CategoryRenamed("kettles", "Tea kettles"));
        assertThat(page.categoryPath())
                .extracting(CategoryPath.Step::name)
                .containsExactly("Kitchen & Table", "Tea kettles");
        assertThat(page.categoryName()).isEqualTo("Tea kettles");
    }

    @Test
    void is_given_the_names_of_its_time() {
        ProductPage page =
                page(
                        SHOP,
                        new BrandCreated("ajax", "Ajax"),
                        new BrandRenamed("ajax", "AJAX"),
                        new CategoryRenamed("kitchen", "Cooking"),
                        new CategoryCreated("pots", "kitchen", "Pots"),
                        new BrandAssigned("p1", "ajax"),
                        new CategoryAssigned("p1", "pots"));
        assertThat(page.brandName()).isEqualTo("AJAX");
        assertThat(page.categoryPath())
                .extracting(CategoryPath.Step::name)
                .containsExactly("Cooking", "Pots");
    }

    @Test
    void averages_its_ratings_and_leaves_its_version() {
        ProductPage page =
                page(
                        SHOP,
                        new ReviewSubmitted("p1", "ann", 5, null),
                        new ReviewSubmitted("p1", "bob", 4, "Loud."),
                        new ReviewSubmitted("p1", "eve", 4, null));
        assertThat(page.averageRating()).isEqualTo("4.33");
        assertThat(page.reviewCount()).isEqualTo(3);
        assertThat(page.version()).isEqualTo(5);
    }

    @Test
    void stays_when_the_product_is_discontinued() {
        ProductPage page = page(SHOP, new ProductDiscontinued("p1"));
        assertThat(page.discontinued()).isTrue();
        assertThat(page.inStock()).isFalse();
    }

    @Test
    void is_the_same_folded_in_batches_of_any_size() {
        List<CatalogEvent> history = new ArrayList<>(SHOP);
        history.add(new CategoryRenamed("kitchen", "Cooking"));
        history.add(new ReviewSubmitted("p1", "ann", 3, null));
        history.add(new CategoryAssigned("p1", "garden"));
        history.add(new CategoryRenamed("kitchen", "Kitchen"));
        history.add(new BrandRenamed("acme", "ACME"));
        history.add(new CategoryAssigned("p1", "kettles"));
        ViewSpec.of(ProductPage.VIEW)
                .given(recorded(history))
                .then("p1", page(history))
                .thenNone("p2");
    }

    @Test
    void is_the_same_after_it_was_stored() {
        JacksonCodec codec = new JacksonCodec();
        ProductPage page = page(SHOP, new ReviewSubmitted("p1", "ann", 3, null));
        assertThat(codec.decode(codec.encode(page), ProductPage.class)).isEqualTo(page);
    }

    @Test
    void refuses_a_change_of_a_product_the_log_has_not_created() {
        assertThatThrownBy(() -> page(List.of(new ProductRenamed("p1", "Pot"))))
                .isInstanceOf(ViewFoldException.class)
                .hasMessageContaining("position 1")
                .hasMessageContaining("no creation of product \"p1\"");
    }

    private static ProductPage page(List<CatalogEvent> history, CatalogEvent... more) {
        List<CatalogEvent> all = new ArrayList<>(history);
        all.addAll(List.of(more));
        InMemoryDocuments documents = new InMemoryDocuments();
        documents.apply(new ViewFold<>(ProductPage.VIEW).fold(recorded(all), documents));
        return documents.find(ProductPage.VIEW, "p1").orElseThrow();
    }

    /// Each a second after the one before; its version is its position.
    private static List<Recorded<CatalogEvent>> recorded(List<CatalogEvent> events) {
        List<Recorded<CatalogEvent>> recorded = new ArrayList<>();
        for (CatalogEvent event : events) {
            long position = recorded.size() + 1L;
            recorded.add(
                    new Recorded<>(
                            event,
                            position,
                            position,
                            NOON.plusSeconds(position),
                            Metadata.none()));
        }
        return recorded;
    }
}
