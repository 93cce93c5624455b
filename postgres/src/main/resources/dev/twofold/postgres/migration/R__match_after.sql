-- The position of an event after `after` that matches one item of a query, null when there is none.
--
-- In most cases there is none, and one look at the end of the stream or of a tag tells.
CREATE OR REPLACE FUNCTION twofold.match_after(
    stream text, types text[], tags text[], after bigint
)
RETURNS bigint
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_variable
DECLARE
    tag text;
    last bigint;
BEGIN
    IF stream IS NOT NULL THEN
        SELECT e.position INTO last
        FROM twofold.event e WHERE e.stream = stream ORDER BY e.version DESC LIMIT 1;
        IF last IS NULL OR last <= after THEN
            RETURN NULL;
        END IF;
    ELSIF tags IS NOT NULL THEN
        FOREACH tag IN ARRAY tags LOOP
            SELECT t.position INTO last
            FROM twofold.event_tag t WHERE t.tag = tag ORDER BY t.position DESC LIMIT 1;
            IF last IS NULL OR last <= after THEN
                RETURN NULL;
            END IF;
        END LOOP;
    END IF;
    RETURN (SELECT m FROM twofold.positions_matching(stream, types, tags, after, 1) AS m);
END
$$;
