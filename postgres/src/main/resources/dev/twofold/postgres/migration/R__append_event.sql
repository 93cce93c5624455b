-- Appends one event if nothing is in its way, and returns its position; else writes nothing and
-- returns null, for append_events to be asked, which says why.
--
-- This is the short way for what most appends are: one event, under one condition on its own stream
-- or none, without a receipt. `expected` is the version that the stream has to have, `after` the
-- position after which it may have no event; null asks for neither. Tags are an array literal.
--
-- What append_events says of the lock, the isolation level and the settings holds here as well.
-- The one statement that probes and inserts starts under the lock, so it sees every position.
CREATE OR REPLACE FUNCTION twofold.append_event(
    id uuid,
    stream text,
    type text,
    revision int,
    data text,
    tags text,
    correlation text,
    causation text,
    actor text,
    trace text,
    expected bigint,
    after bigint
)
RETURNS bigint
LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
SET jit = off
SET lock_timeout = '10s'
AS $$
#variable_conflict use_variable
DECLARE
    now constant timestamptz := clock_timestamp();
    tag_array constant text[] := tags;
    appended_at bigint;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RETURN NULL;
    END IF;
    -- The second is for who is suspended under the lock, or has gone without a word.
    PERFORM
        pg_advisory_xact_lock(32782417642089572),
        set_config('idle_in_transaction_session_timeout', '5s', true);

    INSERT INTO twofold.event (
        position, id, stream, version, type, revision, data, tags, correlation, causation, actor,
        trace, recorded_at, checksum
    )
    SELECT
        next.position, id, stream, next.version, type, revision, data::json, tag_array, correlation,
        causation, actor, trace, now,
        twofold.event_checksum(
            next.position, id, stream, next.version, type, revision, data, tag_array, correlation,
            causation, actor, trace, now)
    FROM (
        SELECT
            coalesce((
                SELECT e.position FROM twofold.event e ORDER BY e.position DESC LIMIT 1
            ), 0) + 1 AS position,
            CASE WHEN stream IS NOT NULL THEN coalesce(last.version, 0) + 1 END AS version
        FROM (SELECT) AS one
        LEFT JOIN LATERAL (
            SELECT e.version, e.position FROM twofold.event e
            WHERE e.stream = stream ORDER BY e.version DESC LIMIT 1
        ) AS last ON true
        WHERE coalesce(coalesce(last.version, 0) = expected, true)
          AND coalesce(last.position <= after, true)
          AND NOT EXISTS (SELECT FROM twofold.event e WHERE e.id = id)
          -- the lineage is kept: see keep_lineage
          AND EXISTS (
              SELECT FROM twofold.log l
              WHERE l.only_row AND l.timeline = left(pg_walfile_name(pg_current_wal_lsn()), 8)
          )
        OFFSET 0  -- so that the position is looked up once, and not wherever it is used
    ) AS next
    RETURNING event.position INTO appended_at;

    IF appended_at IS NOT NULL AND cardinality(tag_array) > 0 THEN
        INSERT INTO twofold.event_tag (tag, position) SELECT unnest(tag_array), appended_at;
    END IF;
    RETURN appended_at;
END
$$;
