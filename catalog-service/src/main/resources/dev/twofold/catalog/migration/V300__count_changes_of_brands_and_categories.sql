-- How often a row has changed, for callers who change only what they have seen.
ALTER TABLE catalog.brand ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE catalog.category ADD COLUMN version bigint NOT NULL DEFAULT 1;
