-- Events after a position, each as a line of JSON. Data is kept to the letter; data that has line
-- breaks of its own is written as a string, `dataText`.
SELECT line.position, row_to_json(line)::text
FROM (
    SELECT
        e.position, e.id, e.stream, e.version, e.type, e.revision,
        CASE WHEN e.data::text ~ '[\n\r]' THEN NULL ELSE e.data END AS "data",
        CASE WHEN e.data::text ~ '[\n\r]' THEN e.data::text END AS "dataText",
        e.tags, e.correlation, e.causation, e.actor, e.trace,
        to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "recordedAt",
        encode(e.checksum, 'hex') AS checksum
    FROM twofold.event e
    WHERE e.position > ?
    ORDER BY e.position
    LIMIT ?
) AS line
