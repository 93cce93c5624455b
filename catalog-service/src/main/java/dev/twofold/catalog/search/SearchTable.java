package dev.twofold.catalog.search;

import dev.twofold.Codec;
import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.product.ProductPage;
import dev.twofold.postgres.ViewTable;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What search looks into: the product pages once more, in a table of its own, with columns and
/// indexes that the database makes of each document.
///
/// - `words`: the words of name and SKU (weight A), brand (B), category path (C) and description
///   (D), as the language reduces them
/// - `plain`: name, brand and category path without case, accents and punctuation, for parts of
///   words and words that are nearly right
/// - what is filtered, sorted and counted by
final class SearchTable {
    private static final String DEFINITIONS =
            """
            ALTER TABLE ${table}
              ADD COLUMN sold boolean GENERATED ALWAYS AS
                (NOT (document ->> 'discontinued')::boolean) STORED,
              ADD COLUMN in_stock boolean GENERATED ALWAYS AS
                ((document ->> 'inStock')::boolean) STORED,
              ADD COLUMN by_rating numeric GENERATED ALWAYS AS
                (coalesce((document ->> 'averageRating')::numeric, 0)) STORED,
              ADD COLUMN by_price numeric GENERATED ALWAYS AS
                (coalesce((document ->> 'salePrice')::numeric,
                  (document ->> 'price')::numeric)) STORED,
              ADD COLUMN by_name text COLLATE "C" GENERATED ALWAYS AS
                (lower(document ->> 'name')) STORED,
              ADD COLUMN brand_id text GENERATED ALWAYS AS (document ->> 'brandId') STORED,
              ADD COLUMN brand_name text GENERATED ALWAYS AS (document ->> 'brandName') STORED,
              ADD COLUMN category_path jsonb GENERATED ALWAYS AS
                (document -> 'categoryPath') STORED,
              ADD COLUMN plain text GENERATED ALWAYS AS
                (catalog.plain((document ->> 'name')
                  || ' ' || coalesce(document ->> 'brandName', '')
                  || ' ' || jsonb_path_query_array(document, '$.categoryPath[*].name')::text))
                STORED,
              ADD COLUMN words tsvector GENERATED ALWAYS AS
                (setweight(to_tsvector(${configuration}, document ->> 'name'), 'A')
                  || setweight(to_tsvector(${configuration}, document ->> 'sku'), 'A')
                  || setweight(to_tsvector(${configuration},
                    coalesce(document ->> 'brandName', '')), 'B')
                  || setweight(to_tsvector(${configuration},
                    jsonb_path_query_array(document, '$.categoryPath[*].name')), 'C')
                  || setweight(to_tsvector(${configuration},
                    coalesce(document ->> 'description', '')), 'D')) STORED;
            CREATE INDEX ON ${table} USING gin (words) WHERE sold;
            CREATE INDEX ON ${table} USING gin (plain gin_trgm_ops) WHERE sold;
            CREATE INDEX ON ${table} (by_rating, key) WHERE sold;
            CREATE INDEX ON ${table} (by_price, key) WHERE sold;
            CREATE INDEX ON ${table} (by_name, key) WHERE sold;
            """;

    /// Raised when the definitions change, so that the table is made anew.
    private static final int COLUMNS = 1;

    private SearchTable() {}

    static ViewTable<CatalogEvent, ProductPage> of(SearchLanguage language, Codec codec) {
        return new ViewTable<>(
                new Pages(language.viewName()),
                codec,
                DEFINITIONS.replace(
                        "${configuration}", "'%s'".formatted(language.configuration())));
    }

    /// The view of the product pages under another name.
    private record Pages(String name) implements View<CatalogEvent, ProductPage> {
        private static final View<CatalogEvent, ProductPage> VIEW = ProductPage.VIEW;

        /// Rises with that of the product pages, and with changes of the columns.
        @Override
        public int revision() {
            return 100 * VIEW.revision() + COLUMNS;
        }

        @Override
        public Class<ProductPage> documentType() {
            return VIEW.documentType();
        }

        @Override
        public Keys keys(CatalogEvent event) {
            return VIEW.keys(event);
        }

        @Override
        public @Nullable ProductPage fold(
                String key,
                @Nullable ProductPage page,
                Recorded<CatalogEvent> event,
                Lookup lookup) {
            return VIEW.fold(key, page, event, lookup);
        }

        @Override
        public Set<String> references(ProductPage page) {
            return VIEW.references(page);
        }

        @Override
        public List<View<CatalogEvent, ?>> lookups() {
            return VIEW.lookups();
        }
    }
}
