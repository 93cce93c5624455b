-- Documents whose first event set aside is tried again unasked, and those that wait behind them.
-- Any other document with events set aside waits for someone to look into it.
CREATE VIEW twofold.retried_document AS
WITH RECURSIVE retried AS (
  SELECT projection, generation, partition, view, key
  FROM twofold.parked_event WHERE retry_at IS NOT NULL
  UNION
  SELECT e.projection, e.generation, e.partition, e.view, e.key
  FROM twofold.parked_event e JOIN retried r ON r.projection = e.projection
    AND r.generation = e.generation AND r.partition = e.partition
    AND r.view = e.behind_view AND r.key = e.behind_key
)
SELECT projection, generation, partition, view, key FROM retried;
