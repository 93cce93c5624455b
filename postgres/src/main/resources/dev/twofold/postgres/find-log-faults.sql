-- What is wrong with that which goes with the log, whose last position is given.
WITH log (head) AS (SELECT ?::bigint)
SELECT position, format('tag "%s" leads to position %s, where no event has it', tag, position)
FROM twofold.event_tag t, log
WHERE position <= head AND NOT EXISTS (
    SELECT FROM twofold.event e WHERE e.position = t.position AND t.tag = ANY (e.tags))
UNION ALL
SELECT position,
    format('projection "%s" has seen position %s, but the log ends at %s: '
        'was the log restored without it?', projection, position, head)
FROM twofold.checkpoint, log
WHERE position > head
UNION ALL
SELECT position,
    format('a snapshot "%s" has seen position %s, but the log ends at %s: '
        'was the log restored without it?', name, position, head)
FROM twofold.snapshot, log
WHERE position > head
ORDER BY 1
LIMIT ?
