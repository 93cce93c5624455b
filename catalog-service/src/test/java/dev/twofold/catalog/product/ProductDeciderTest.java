package dev.twofold.catalog.product;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Decision;
import dev.twofold.Decision.Accept;
import dev.twofold.catalog.product.ProductCommand.AdjustStock;
import dev.twofold.catalog.product.ProductCommand.AssignBrand;
import dev.twofold.catalog.product.ProductCommand.AssignCategory;
import dev.twofold.catalog.product.ProductCommand.ChangePrice;
import dev.twofold.catalog.product.ProductCommand.ChangeSalePrice;
import dev.twofold.catalog.product.ProductCommand.CreateProduct;
import dev.twofold.catalog.product.ProductCommand.DescribeProduct;
import dev.twofold.catalog.product.ProductCommand.DiscontinueProduct;
import dev.twofold.catalog.product.ProductCommand.RenameProduct;
import dev.twofold.catalog.product.ProductCommand.ReviseProduct;
import dev.twofold.catalog.product.ProductEvent.AttributesChanged;
import dev.twofold.catalog.product.ProductEvent.BrandAssigned;
import dev.twofold.catalog.product.ProductEvent.CategoryAssigned;
import dev.twofold.catalog.product.ProductEvent.PriceChanged;
import dev.twofold.catalog.product.ProductEvent.ProductCreated;
import dev.twofold.catalog.product.ProductEvent.ProductDescribed;
import dev.twofold.catalog.product.ProductEvent.ProductDiscontinued;
import dev.twofold.catalog.product.ProductEvent.ProductRenamed;
import dev.twofold.catalog.product.ProductEvent.StockAdjusted;
import dev.twofold.catalog.product.ProductRefusal.InvalidValue;
import dev.twofold.catalog.product.ProductRefusal.NoLongerSold;
import dev.twofold.catalog.product.ProductRefusal.NotEnoughStock;
import dev.twofold.catalog.product.ProductRefusal.ProductExists;
import dev.twofold.catalog.product.ProductRefusal.SalePriceAbovePrice;
import dev.twofold.catalog.product.ProductRefusal.SalePriceInOtherCurrency;
import dev.twofold.catalog.product.ProductRefusal.SkuTaken;
import dev.twofold.catalog.product.ProductRefusal.UnknownProduct;
import dev.twofold.testkit.DeciderSpec;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProductDeciderTest {
    private static final ProductDecider DECIDER = new ProductDecider();
    private static final DeciderSpec<ProductCommand, ProductState, ProductEvent, ProductRefusal>
            SPEC = DeciderSpec.of(DECIDER);

    private static final Money PRICE = Money.parse("24.90 EUR");
    private static final Money SALE_PRICE = Money.parse("19.90 EUR");
    private static final ProductDetails KETTLE = ProductDetails.of("Kettle", PRICE, 5);
    private static final ProductCreated CREATED = new ProductCreated("p1", "K-1", KETTLE);
    private static final PriceChanged ON_SALE = new PriceChanged("p1", PRICE, SALE_PRICE);

    @Test
    void creates_a_product_once_only() {
        SPEC.given()
                .when(new CreateProduct("p1", "K-1", KETTLE))
                .then(CREATED)
                .thenRefusedOnRepeat(new ProductExists("p1"));
    }

    @Test
    void refuses_a_sku_that_another_product_has() {
        SPEC.given(CREATED)
                .when(new CreateProduct("p2", "K-1", KETTLE))
                .thenRefused(new SkuTaken("K-1", "p1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "two\nlines", "nul\0", "half \ud83d"})
    void refuses_a_name_that_is_none(String name) {
        assertThat(refusal(new CreateProduct("p1", "K-1", KETTLE.withName(name))))
                .isInstanceOf(InvalidValue.class)
                .extracting(ProductRefusal::field, ProductRefusal::value)
                .containsExactly("name", name);
        assertThat(refusal(new RenameProduct("p1", name), CREATED).field()).isEqualTo("name");
    }

    @Test
    void refuses_a_name_that_is_too_long() {
        String name = "x".repeat(201);
        SPEC.given(CREATED)
                .when(new RenameProduct("p1", name))
                .thenRefused(
                        new InvalidValue("name", name, "it has 201 characters, the limit is 200"));
    }

    @Test
    void takes_a_name_in_any_script() {
        SPEC.given(CREATED)
                .when(new RenameProduct("p1", "やかん 🫖"))
                .then(new ProductRenamed("p1", "やかん 🫖"))
                .thenUnchangedOnRepeat();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-0.01 EUR", "1.999 EUR", "0.5 JPY", "1E+999999999 EUR", "1e12 EUR"})
    void refuses_a_price_that_is_none(String price) {
        ProductRefusal refusal = refusal(new ChangePrice("p1", Money.parse(price)), CREATED);
        assertThat(refusal.field()).isEqualTo("price");
        assertThat(refusal.value()).isEqualTo(Money.parse(price).toString());
    }

    @Test
    void takes_a_price_of_nothing() {
        Money free = Money.parse("0 EUR");
        SPEC.given(CREATED)
                .when(new ChangePrice("p1", free))
                .then(new PriceChanged("p1", free, null))
                .thenUnchangedOnRepeat();
    }

    @Test
    void records_nothing_for_the_same_price() {
        SPEC.given(CREATED).when(new ChangePrice("p1", Money.parse("24.9 EUR"))).thenUnchanged();
    }

    @Test
    void puts_a_product_on_sale_and_ends_the_sale() {
        SPEC.given(CREATED)
                .when(new ChangeSalePrice("p1", SALE_PRICE))
                .then(ON_SALE)
                .thenUnchangedOnRepeat();
        SPEC.given(CREATED, ON_SALE)
                .when(new ChangeSalePrice("p1", null))
                .then(new PriceChanged("p1", PRICE, null))
                .thenUnchangedOnRepeat();
    }

    @Test
    void refuses_a_sale_price_above_the_price() {
        Money above = Money.parse("24.91 EUR");
        SPEC.given(CREATED)
                .when(new ChangeSalePrice("p1", above))
                .thenRefused(new SalePriceAbovePrice(above, PRICE));
    }

    @Test
    void refuses_to_lower_the_price_below_the_sale_price() {
        Money lower = Money.parse("15 EUR");
        SPEC.given(CREATED, ON_SALE)
                .when(new ChangePrice("p1", lower))
                .thenRefused(new SalePriceAbovePrice(SALE_PRICE, lower));
    }

    @Test
    void refuses_a_sale_price_in_another_currency() {
        Money dollars = Money.parse("19.90 USD");
        SPEC.given(CREATED)
                .when(new ChangeSalePrice("p1", dollars))
                .thenRefused(new SalePriceInOtherCurrency(dollars, PRICE));
    }

    @Test
    void adjusts_the_stock_by_a_delta() {
        SPEC.given(CREATED)
                .when(new AdjustStock("p1", -5))
                .then(new StockAdjusted("p1", -5, 0))
                .thenRefusedOnRepeat(new NotEnoughStock(0, -5));
        SPEC.given(CREATED).when(new AdjustStock("p1", 0)).thenUnchanged();
    }

    @Test
    void refuses_to_take_more_than_there_is() {
        SPEC.given(CREATED).when(new AdjustStock("p1", -6)).thenRefused(new NotEnoughStock(5, -6));
        SPEC.given(CREATED)
                .when(new AdjustStock("p1", Integer.MIN_VALUE))
                .thenRefused(new NotEnoughStock(5, Integer.MIN_VALUE));
    }

    @Test
    void refuses_a_stock_beyond_the_limit() {
        assertThat(refusal(new AdjustStock("p1", Integer.MAX_VALUE), CREATED).field())
                .isEqualTo("stock");
    }

    @Test
    void revises_just_what_differs() {
        ProductDetails wanted =
                KETTLE.withName("Tea kettle")
                        .withDescription("Whistles.")
                        .withPrice(Money.parse("29 EUR"), Money.parse("27 EUR"))
                        .withStock(7)
                        .withBrand("acme")
                        .withCategory("kitchen")
                        .withAttributes(Map.of("gtin", "4006381333931"));
        SPEC.given(CREATED)
                .when(new ReviseProduct("p1", wanted))
                .then(
                        new ProductRenamed("p1", "Tea kettle"),
                        new ProductDescribed("p1", "Whistles."),
                        new PriceChanged("p1", Money.parse("29 EUR"), Money.parse("27 EUR")),
                        new StockAdjusted("p1", 2, 7),
                        new BrandAssigned("p1", "acme"),
                        new CategoryAssigned("p1", "kitchen"),
                        new AttributesChanged("p1", Map.of("gtin", "4006381333931")))
                .thenUnchangedOnRepeat();
        SPEC.given(CREATED)
                .when(new ReviseProduct("p1", KETTLE.withStock(6)))
                .then(new StockAdjusted("p1", 1, 6));
    }

    @Test
    void refuses_a_revision_as_a_whole() {
        ProductDetails wanted = KETTLE.withName("Tea kettle").withStock(-1);
        assertThat(refusal(new ReviseProduct("p1", wanted), CREATED).field()).isEqualTo("stock");
    }

    @Test
    void discontinues_a_product_for_good() {
        SPEC.given(CREATED)
                .when(new DiscontinueProduct("p1"))
                .then(new ProductDiscontinued("p1"))
                .thenUnchangedOnRepeat();
    }

    @ParameterizedTest
    @MethodSource("changes")
    void changes_no_product_that_was_never_created(ProductCommand change) {
        SPEC.given().when(change).thenRefused(new UnknownProduct("p1"));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void changes_no_product_that_was_discontinued(ProductCommand change) {
        SPEC.given(CREATED, new ProductDiscontinued("p1"))
                .when(change)
                .thenRefused(new NoLongerSold("p1"));
    }

    static Stream<ProductCommand> changes() {
        return Stream.of(
                new ReviseProduct("p1", KETTLE),
                new RenameProduct("p1", "Pot"),
                new DescribeProduct("p1", null),
                new ChangePrice("p1", Money.parse("1 EUR")),
                new ChangeSalePrice("p1", null),
                new AdjustStock("p1", 1),
                new AssignBrand("p1", "acme"),
                new AssignCategory("p1", "kitchen"));
    }

    @Test
    void a_command_replayed_on_its_own_result_yields_nothing_new() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ProductState state = DECIDER.evolve(DECIDER.initial(), CREATED);
        for (int i = 0; i < 2_000; i++) {
            ProductCommand command = command(random);
            if (DECIDER.decide(command, state)
                    instanceof Accept<ProductEvent, ProductRefusal>(var events)) {
                for (ProductEvent event : events) {
                    state = DECIDER.evolve(state, event);
                }
                assertThat(DECIDER.decide(command, state))
                        .as("seed %d, %s", seed, command)
                        .isEqualTo(Decision.unchanged());
            }
        }
    }

    /// Any command but those whose repetition means more: a delta, and a creation.
    private static ProductCommand command(Random random) {
        Money price = Money.parse(random.nextInt(-2, 30) + " EUR");
        Money salePrice = Money.parse(random.nextInt(0, 30) + " EUR");
        String name = List.of("Kettle", "Pot", "", "Tea kettle").get(random.nextInt(4));
        String id = random.nextBoolean() ? "one" : "two";
        return switch (random.nextInt(7)) {
            case 0 -> new RenameProduct("p1", name);
            case 1 -> new DescribeProduct("p1", random.nextBoolean() ? null : name);
            case 2 -> new ChangePrice("p1", price);
            case 3 -> new ChangeSalePrice("p1", random.nextBoolean() ? null : salePrice);
            case 4 -> new AssignBrand("p1", random.nextBoolean() ? null : id);
            case 5 -> new AssignCategory("p1", random.nextBoolean() ? null : id);
            default ->
                    new ReviseProduct(
                            "p1",
                            KETTLE.withName(name)
                                    .withPrice(price, salePrice)
                                    .withStock(random.nextInt(-1, 3))
                                    .withBrand(id)
                                    .withAttributes(Map.of(id, name)));
        };
    }

    private static ProductRefusal refusal(ProductCommand command, ProductEvent... history) {
        ProductState state = DECIDER.initial();
        for (ProductEvent event : history) {
            state = DECIDER.evolve(state, event);
        }
        return switch (DECIDER.decide(command, state)) {
            case Decision.Refuse<ProductEvent, ProductRefusal>(var reason) -> reason;
            case Accept<ProductEvent, ProductRefusal>(var events) ->
                    throw new AssertionError("accepted with " + events);
        };
    }
}
