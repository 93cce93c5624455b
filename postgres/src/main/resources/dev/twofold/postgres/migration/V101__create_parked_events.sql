-- Events set aside for one document: the first of a document could not be folded and has the reason
-- why, the later ones wait behind it.
CREATE TABLE twofold.parked_event (
  projection text NOT NULL,
  generation int NOT NULL,
  view text NOT NULL,
  key text NOT NULL,
  position bigint NOT NULL CHECK (position > 0),
  reason text,
  stack text CHECK (stack IS NULL OR reason IS NOT NULL),
  parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  dropped_at timestamptz,
  dropped_because text CHECK ((dropped_because IS NULL) = (dropped_at IS NULL)),
  PRIMARY KEY (projection, generation, view, key, position),
  FOREIGN KEY (projection, generation) REFERENCES twofold.projection ON DELETE CASCADE
);
