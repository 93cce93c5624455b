-- Events that have been given up, for one document or, without a key, for the projection as a whole.
-- They have no effect on generations of the same revision, those to come included.
CREATE TABLE twofold.dropped_event (
  projection text NOT NULL,
  revision int NOT NULL CHECK (revision > 0),
  view text NOT NULL,
  key text,
  position bigint NOT NULL CHECK (position > 0),
  reason text,
  stack text,
  dropped_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  because text NOT NULL,
  UNIQUE NULLS NOT DISTINCT (projection, revision, view, key, position)
);

INSERT INTO twofold.dropped_event (
  projection, revision, view, key, position, reason, stack, dropped_at, because)
SELECT projection, revision, view, key, position, reason, stack, dropped_at, dropped_because
FROM twofold.parked_event JOIN twofold.projection USING (projection, generation)
WHERE dropped_at IS NOT NULL
ON CONFLICT DO NOTHING;

DELETE FROM twofold.parked_event WHERE dropped_at IS NOT NULL;

ALTER TABLE twofold.parked_event
  DROP COLUMN dropped_at,
  DROP COLUMN dropped_because,
  ADD COLUMN attempts int NOT NULL DEFAULT 0,
  ADD COLUMN retry_at timestamptz,
  ADD COLUMN behind_view text,
  ADD COLUMN behind_key text,
  ADD CHECK ((behind_view IS NULL) = (behind_key IS NULL));

COMMENT ON COLUMN twofold.parked_event.retry_at IS 'When it is tried again unasked; null if it waits for someone to look into it.';
COMMENT ON COLUMN twofold.parked_event.behind_view IS 'With behind_key, the document that it looks up and that waits itself.';

CREATE INDEX ON twofold.parked_event (retry_at) WHERE retry_at IS NOT NULL;
