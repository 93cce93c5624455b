-- A projection's generations: each fills tables of its own, and one of them serves queries.
CREATE TABLE twofold.projection (
  projection text NOT NULL,
  generation int NOT NULL CHECK (generation > 0),
  revision int NOT NULL CHECK (revision > 0),
  role text NOT NULL CHECK (role IN ('building', 'serving', 'retired')),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (projection, generation)
);

CREATE UNIQUE INDEX ON twofold.projection (projection) WHERE role = 'serving';

-- How far a generation has come, for each of its partitions. Whoever locks the row does the work.
-- Without a row, or before its position, a generation is behind.
CREATE TABLE twofold.checkpoint (
  projection text NOT NULL,
  generation int NOT NULL,
  partition int NOT NULL CHECK (partition >= 0),
  position bigint NOT NULL DEFAULT 0 CHECK (position >= 0),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  stopped_at bigint CHECK (stopped_at > position),
  error text CHECK ((error IS NULL) = (stopped_at IS NULL)),
  attempts int NOT NULL DEFAULT 0,
  PRIMARY KEY (projection, generation, partition),
  FOREIGN KEY (projection, generation) REFERENCES twofold.projection ON DELETE CASCADE
) WITH (fillfactor = 50);

COMMENT ON COLUMN twofold.checkpoint.position IS 'All events up to here have taken effect.';
COMMENT ON COLUMN twofold.checkpoint.stopped_at IS 'The event that cannot be taken in, with error and attempts.';
