-- The percent of the time in which a generation that is being built takes in batches.
ALTER TABLE twofold.projection
  ADD COLUMN pace int NOT NULL DEFAULT 25 CHECK (pace BETWEEN 1 AND 100);
