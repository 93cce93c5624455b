-- What is wrong with the events from one position to another.
WITH part AS (
    SELECT * FROM twofold.event WHERE position BETWEEN ? AND ?
)
SELECT n, format('there is no event at position %s', n)
FROM generate_series(?, ?) AS n
WHERE NOT EXISTS (SELECT FROM part WHERE part.position = n)
UNION ALL
SELECT position,
    format('the event at position %s is not what was appended: its checksum does not fit', position)
FROM part
WHERE checksum <> twofold.event_checksum(
    position, id, stream, version, type, revision, data::text, tags, correlation, causation, actor,
    trace, recorded_at)
UNION ALL
SELECT position,
    format('version %s of stream "%s", at position %s, does not follow on version %s',
        version, stream, position, version - 1)
FROM part
WHERE version > 1 AND NOT EXISTS (
    SELECT FROM twofold.event earlier
    WHERE earlier.stream = part.stream AND earlier.version = part.version - 1
      AND earlier.position < part.position)
UNION ALL
SELECT part.position,
    format('the event at position %s has tag "%s", under which conditions do not find it',
        part.position, wanted)
FROM part, unnest(tags) AS wanted
WHERE NOT EXISTS (
    SELECT FROM twofold.event_tag t WHERE t.tag = wanted AND t.position = part.position)
ORDER BY 1
LIMIT ?
