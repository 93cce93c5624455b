-- Products as rows, written in the transaction that appends their events: whoever reads or joins them
-- sees the truth of that moment, and an append that a constraint here does not allow is rejected.
CREATE TABLE catalog.product (
  id text PRIMARY KEY,
  sku text NOT NULL UNIQUE,
  name text NOT NULL CHECK (name <> ''),
  description text,
  price numeric NOT NULL CHECK (price >= 0),
  sale_price numeric CHECK (sale_price >= 0 AND sale_price <= price),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  brand_id text REFERENCES catalog.brand,
  category_id text REFERENCES catalog.category,
  attributes jsonb NOT NULL,
  discontinued boolean NOT NULL DEFAULT false
);

CREATE INDEX ON catalog.product (brand_id);
CREATE INDEX ON catalog.product (category_id);

-- What is in stock changes far more often than what a product is, so it has a row of its own, which is
-- short and has no index beside its key.
CREATE TABLE catalog.inventory (
  product_id text PRIMARY KEY REFERENCES catalog.product,
  stock int NOT NULL CHECK (stock >= 0)
) WITH (fillfactor = 50);
