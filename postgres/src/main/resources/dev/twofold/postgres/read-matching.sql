-- The first events after a position that match at least one item of a query.
SELECT e.position, e.id, e.stream, e.version, e.type, e.revision, e.data, e.tags,
       e.correlation, e.causation, e.actor, e.trace, e.recorded_at
FROM (
    SELECT DISTINCT matching.position
    FROM unnest(?::text[], ?::text[], ?::text[]) AS item (stream, types, tags),
         twofold.positions_matching(
             item.stream, item.types::text[], item.tags::text[], ?, ?) AS matching (position)
    ORDER BY matching.position
    LIMIT ?
) AS matching,
LATERAL (
    SELECT * FROM twofold.event e WHERE e.position = matching.position LIMIT 1
) AS e
ORDER BY e.position
