package dev.twofold.catalog.brand;

import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.brand.BrandEvent.BrandCreated;
import dev.twofold.catalog.brand.BrandEvent.BrandRenamed;
import org.jspecify.annotations.Nullable;

/// What a brand is called: for other views to look up by its id.
public record BrandName(String name) {
    public static final View<CatalogEvent, BrandName> VIEW = new Fold();

    private static final class Fold implements View<CatalogEvent, BrandName> {
        @Override
        public String name() {
            return "brand-name";
        }

        @Override
        public int revision() {
            return 1;
        }

        @Override
        public Class<BrandName> documentType() {
            return BrandName.class;
        }

        @Override
        public Keys keys(CatalogEvent event) {
            return event instanceof BrandEvent brand ? Keys.of(brand.brandId()) : Keys.none();
        }

        @Override
        public @Nullable BrandName fold(
                String key,
                @Nullable BrandName document,
                Recorded<CatalogEvent> event,
                Lookup lookup) {
            return event.event() instanceof BrandEvent brand
                    ? switch (brand) {
                        case BrandCreated(_, var name) -> new BrandName(name);
                        case BrandRenamed(_, var name) -> new BrandName(name);
                    }
                    : document;
        }
    }
}
