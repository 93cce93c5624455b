package dev.twofold.catalog.brand;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.Metadata;
import dev.twofold.catalog.TestWriteSide;
import dev.twofold.catalog.brand.BrandCommand.CreateBrand;
import dev.twofold.catalog.brand.BrandCommand.RenameBrand;
import dev.twofold.catalog.brand.BrandEvent.BrandCreated;
import dev.twofold.catalog.brand.BrandEvent.BrandRenamed;
import dev.twofold.catalog.brand.BrandRefusal.IdTaken;
import dev.twofold.catalog.brand.BrandRefusal.NameTaken;
import dev.twofold.catalog.brand.BrandRefusal.UnknownBrand;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BrandsTest {
    private final TestWriteSide catalog = new TestWriteSide();
    private final Brands brands = catalog.brands;

    @AfterEach
    void close() {
        catalog.close();
    }

    @Test
    void creates_a_brand_with_an_id_made_from_its_name() {
        assertThat(handle(new CreateBrand(null, "Crème & Co.")))
                .isEqualTo(
                        new Accepted<>(
                                new Brand("creme-co", "Crème & Co.", "Crème & Co.", 1), 1, 1));
        assertThat(handle(new CreateBrand(null, "Creme Co")))
                .isEqualTo(
                        new Accepted<>(new Brand("creme-co-2", "Creme Co", "Creme Co", 1), 2, 1));
        assertThat(handle(new CreateBrand("c3", "CREME CO"))).isInstanceOf(Accepted.class);
        assertThat(catalog.events())
                .containsExactly(
                        new BrandCreated("creme-co", "Crème & Co."),
                        new BrandCreated("creme-co-2", "Creme Co"),
                        new BrandCreated("c3", "CREME CO"));
    }

    @Test
    void refuses_a_name_or_an_id_that_is_taken_or_none() {
        handle(new CreateBrand("acme", "Acme"));
        assertThat(reason(handle(new CreateBrand("other", "Acme"))))
                .isEqualTo(new NameTaken("Acme", "acme"));
        assertThat(reason(handle(new CreateBrand("acme", "Ajax")))).isEqualTo(new IdTaken("acme"));
        assertThat(reason(handle(new CreateBrand(null, " "))).field()).isEqualTo("name");
        assertThat(reason(handle(new CreateBrand("a\0", "Ajax"))).field()).isEqualTo("brandId");
        assertThat(catalog.events()).hasSize(1);
    }

    @Test
    void renames_a_brand_which_feeds_still_find_by_its_first_name() {
        handle(new CreateBrand(null, "Acme"));
        assertThat(handle(new RenameBrand("acme", "ACME Inc.")))
                .isEqualTo(new Accepted<>(new Brand("acme", "ACME Inc.", "Acme", 2), 2, 1));
        assertThat(brands.find("acme")).contains(new Brand("acme", "ACME Inc.", "Acme", 2));
        assertThat(brands.ensure(Set.of("Acme"), Metadata.none()))
                .isEqualTo(Map.of("Acme", "acme"));
        assertThat(catalog.events().getLast()).isEqualTo(new BrandRenamed("acme", "ACME Inc."));
    }

    @Test
    void records_nothing_for_a_rename_to_the_same_name() {
        handle(new CreateBrand(null, "Acme"));
        assertThat(handle(new RenameBrand("acme", "Acme")))
                .isEqualTo(new Accepted<>(new Brand("acme", "Acme", "Acme", 1), 1, 0));
        assertThat(catalog.events()).hasSize(1);
    }

    @Test
    void refuses_to_rename_a_brand_that_is_not_there() {
        assertThat(reason(handle(new RenameBrand("acme", "Acme"))))
                .isEqualTo(new UnknownBrand("acme"));
    }

    @Test
    void creates_only_what_is_missing_in_the_order_given() {
        handle(new CreateBrand("a", "Acme"));
        assertThat(brands.ensure(List.of("Zeta", "Acme", "Ajax", "ajax"), Metadata.none()))
                .isEqualTo(Map.of("Zeta", "zeta", "Acme", "a", "Ajax", "ajax", "ajax", "ajax-2"));
        assertThat(catalog.events())
                .containsExactly(
                        new BrandCreated("a", "Acme"),
                        new BrandCreated("zeta", "Zeta"),
                        new BrandCreated("ajax", "Ajax"),
                        new BrandCreated("ajax-2", "ajax"));
    }

    @Test
    void is_created_once_by_many_at_the_same_time() throws Exception {
        int callers = 6;
        CyclicBarrier barrier = new CyclicBarrier(callers);
        Set<Map<String, String>> ids = ConcurrentHashMap.newKeySet();
        List<Thread> threads =
                IntStream.range(0, callers)
                        .mapToObj(
                                _ ->
                                        Thread.ofVirtual()
                                                .start(
                                                        () -> {
                                                            await(barrier);
                                                            ids.add(
                                                                    brands.ensure(
                                                                            Set.of("Acme", "Ajax"),
                                                                            Metadata.none()));
                                                        }))
                        .toList();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(ids).containsExactly(Map.of("Acme", "acme", "Ajax", "ajax"));
        assertThat(catalog.events()).hasSize(2);
    }

    private CommandOutcome<Brand, BrandRefusal> handle(BrandCommand command) {
        return brands.handle(command, Metadata.none());
    }

    private static BrandRefusal reason(CommandOutcome<Brand, BrandRefusal> outcome) {
        assertThat(outcome).isInstanceOf(Refused.class);
        return ((Refused<Brand, BrandRefusal>) outcome).reason();
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
