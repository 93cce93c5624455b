-- The first positions after `after`, in order and at most `most`, whose events match one item of a
-- query: the stream if one is given, any of the types, all of the tags; null does not restrict.
--
-- STABLE, so that all its statements look at the log of one moment.
CREATE OR REPLACE FUNCTION twofold.positions_matching(
    stream text, types text[], tags text[], after bigint, most bigint
)
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE
SET enable_seqscan = off
SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
SET jit = off
AS $$
#variable_conflict use_variable
DECLARE
    -- where a tag or type has no further event
    nowhere constant bigint := 9223372036854775807;
    candidate bigint := least(after, nowhere - 1) + 1;
    next bigint;
BEGIN
    IF stream IS NOT NULL THEN
        RETURN QUERY
            SELECT e.position
            FROM twofold.event e
            WHERE e.stream = stream
              AND e.version > twofold.version_at(stream, after)
              AND (types IS NULL OR e.type = ANY (types))
              AND (tags IS NULL OR e.tags @> tags)
            ORDER BY e.version
            LIMIT most;
    ELSIF tags IS NULL AND types IS NULL THEN
        RETURN QUERY
            SELECT e.position FROM twofold.event e
            WHERE e.position > after ORDER BY e.position LIMIT most;
    ELSIF types IS NULL AND cardinality(tags) = 1 THEN
        RETURN QUERY
            SELECT t.position FROM twofold.event_tag t
            WHERE t.tag = tags[1] AND t.position > after ORDER BY t.position LIMIT most;
    ELSE
        -- Leapfrog: every tag, and the types as one, is asked for its first event at or after the
        -- candidate; the furthest answer is the next candidate, and a match if it is the same.
        -- However common one of the tags is, the rarest sets the number of steps.
        -- Types are compared as (type, position) so that only the index in that order will do.
        WHILE most > 0 LOOP
            SELECT greatest(
                (
                    SELECT max(coalesce(tagged.position, nowhere))
                    FROM unnest(tags) AS wanted (tag)
                    LEFT JOIN LATERAL (
                        SELECT t.position FROM twofold.event_tag t
                        WHERE t.tag = wanted.tag AND t.position >= candidate
                        ORDER BY t.position LIMIT 1
                    ) AS tagged ON true
                ),
                (
                    SELECT min(CASE WHEN typed.type = wanted.type THEN typed.position ELSE nowhere END)
                    FROM unnest(types) AS wanted (type)
                    LEFT JOIN LATERAL (
                        SELECT e.type, e.position FROM twofold.event e
                        WHERE (e.type, e.position) >= (wanted.type, candidate)
                        ORDER BY e.type, e.position LIMIT 1
                    ) AS typed ON true
                )
            ) INTO next;
            EXIT WHEN next = nowhere;
            IF next = candidate THEN
                RETURN NEXT next;
                most := most - 1;
                candidate := candidate + 1;
            ELSE
                candidate := next;
            END IF;
        END LOOP;
    END IF;
END
$$;
