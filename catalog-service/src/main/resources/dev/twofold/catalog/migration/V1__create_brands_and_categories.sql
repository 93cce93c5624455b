-- A brand, or a category, is found by its alias, the name it was created with, whatever it is called
-- now: a feed that uses the old name still means the same one.
CREATE TABLE catalog.brand (
  id text PRIMARY KEY,
  name text NOT NULL CHECK (name <> ''),
  alias text NOT NULL UNIQUE
);

CREATE TABLE catalog.category (
  id text PRIMARY KEY,
  parent_id text REFERENCES catalog.category,
  name text NOT NULL CHECK (name <> ''),
  alias text NOT NULL,
  UNIQUE NULLS NOT DISTINCT (parent_id, alias)
);
