-- The newest snapshot of each boundary. `boundary` is a digest of the query, which has no bound of
-- a size that an index could take.
CREATE TABLE twofold.snapshot (
    name text COLLATE "C" NOT NULL,
    boundary bytea NOT NULL,
    revision int NOT NULL CHECK (revision > 0),
    position bigint NOT NULL CHECK (position > 0),
    state text NOT NULL,
    saved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (name, boundary)
);
