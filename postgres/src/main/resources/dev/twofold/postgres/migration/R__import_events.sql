-- Takes in the next events of a log, each a line of JSON as export-events.sql writes it, at the
-- positions that they had. Returns the last position.
CREATE OR REPLACE FUNCTION twofold.import_events(lines text[])
RETURNS bigint
LANGUAGE plpgsql
SET lock_timeout = '10s'
AS $$
DECLARE
    head bigint;
    wrong record;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'an import needs the isolation level READ COMMITTED, but the transaction has %',
            upper(current_setting('transaction_isolation'))
            USING ERRCODE = 'TF001';
    END IF;
    PERFORM pg_advisory_xact_lock(32782417642089572);  -- the lock that append_events takes
    PERFORM twofold.keep_lineage();
    head := coalesce((SELECT max(position) FROM twofold.event), 0);

    INSERT INTO twofold.event (
        position, id, stream, version, type, revision, data, tags, correlation, causation, actor,
        trace, recorded_at, checksum
    )
    SELECT
        (e ->> 'position')::bigint, (e ->> 'id')::uuid, e ->> 'stream', (e ->> 'version')::bigint,
        e ->> 'type', (e ->> 'revision')::int,
        coalesce(e ->> 'dataText', (e -> 'data')::text)::json,
        ARRAY(SELECT json_array_elements_text(e -> 'tags')),
        e ->> 'correlation', e ->> 'causation', e ->> 'actor', e ->> 'trace',
        (e ->> 'recordedAt')::timestamptz, decode(e ->> 'checksum', 'hex')
    FROM (SELECT line::json AS e FROM unnest(lines) AS line) AS parsed;

    SELECT number, head + number AS expected, line::json ->> 'position' AS actual INTO wrong
    FROM unnest(lines) WITH ORDINALITY AS l (line, number)
    WHERE (line::json ->> 'position')::bigint <> head + number
    ORDER BY number LIMIT 1;
    IF found THEN
        RAISE EXCEPTION 'position % comes next, but the file has position %',
            wrong.expected, wrong.actual
            USING ERRCODE = 'TF002';
    END IF;

    SELECT e.position INTO wrong
    FROM twofold.event e
    WHERE e.position > head
      AND e.checksum <> twofold.event_checksum(
          e.position, e.id, e.stream, e.version, e.type, e.revision, e.data::text, e.tags,
          e.correlation, e.causation, e.actor, e.trace, e.recorded_at)
    ORDER BY e.position LIMIT 1;
    IF found THEN
        RAISE EXCEPTION 'the event at position % is not what was exported: its checksum does not fit',
            wrong.position
            USING ERRCODE = 'TF002';
    END IF;

    INSERT INTO twofold.event_tag (tag, position)
    SELECT tag, e.position FROM twofold.event e, unnest(e.tags) AS tag WHERE e.position > head;

    RETURN head + cardinality(lines);
END
$$;
