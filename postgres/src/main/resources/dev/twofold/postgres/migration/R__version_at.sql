-- The version that a stream had reached at a position: 0 before its first event.
--
-- Versions and positions of a stream grow together, so this is a search by halves over the index
-- on (stream, version); reading from the start, from the end, or from an event of the stream
-- itself takes at most two probes.
CREATE OR REPLACE FUNCTION twofold.version_at(stream text, at bigint)
RETURNS bigint
LANGUAGE plpgsql STABLE
SET enable_seqscan = off
AS $$
#variable_conflict use_variable
DECLARE
    low bigint := 0;
    high bigint;
    middle bigint;
    found_position bigint;
BEGIN
    IF at <= 0 THEN
        RETURN 0;
    END IF;
    SELECT e.version, e.position INTO high, found_position
    FROM twofold.event e WHERE e.stream = stream ORDER BY e.version DESC LIMIT 1;
    IF NOT found THEN
        RETURN 0;
    ELSIF found_position <= at THEN
        RETURN high;
    END IF;
    SELECT e.version INTO middle
    FROM twofold.event e WHERE e.position = at AND e.stream = stream;
    IF found THEN
        RETURN middle;
    END IF;
    -- version `low` lies at or before the position, `high` after it
    WHILE high - low > 1 LOOP
        middle := (low + high) / 2;
        SELECT e.position INTO found_position
        FROM twofold.event e WHERE e.stream = stream AND e.version = middle;
        IF found_position <= at THEN
            low := middle;
        ELSE
            high := middle;
        END IF;
    END LOOP;
    RETURN low;
END
$$;
