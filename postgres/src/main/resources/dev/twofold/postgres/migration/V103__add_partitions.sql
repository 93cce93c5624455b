-- A generation's keys can be split into partitions, each with a checkpoint of its own.
--
-- To change their number, all partitions meet at one position, where the new ones begin.
ALTER TABLE twofold.projection
  ADD COLUMN partitions int NOT NULL DEFAULT 1 CHECK (partitions BETWEEN 1 AND 256),
  ADD COLUMN next_partitions int CHECK (next_partitions BETWEEN 1 AND 256),
  ADD COLUMN meet_at bigint CHECK ((meet_at IS NULL) = (next_partitions IS NULL));

COMMENT ON COLUMN twofold.projection.meet_at IS 'No partition goes further before there are next_partitions of them.';

-- For those who watch: who did the last batch, of how many events, and how fast the log is taken in.
ALTER TABLE twofold.checkpoint
  ADD COLUMN node text,
  ADD COLUMN batch int NOT NULL DEFAULT 0,
  ADD COLUMN rate real NOT NULL DEFAULT 0;

COMMENT ON COLUMN twofold.checkpoint.rate IS 'Positions a second, most of it of the last ten seconds before updated_at.';

-- What is set aside belongs to a partition: each one folds the looked-up documents for itself.
ALTER TABLE twofold.parked_event
  ADD COLUMN partition int NOT NULL DEFAULT 0,
  DROP CONSTRAINT parked_event_pkey,
  ADD PRIMARY KEY (projection, generation, partition, view, key, position);

-- The nodes that keep projections up to date, as far as they have been heard of lately.
CREATE TABLE twofold.node (
  node text COLLATE "C" PRIMARY KEY,
  projections text[] NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

COMMENT ON COLUMN twofold.node.projections IS 'Name and revision of each, as name:revision.';
