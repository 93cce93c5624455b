-- Appends a batch: each append whole or not at all, each with its own outcome.
--
-- Appends are numbered from 1. `dependent` and `event_count` have one entry for each of them, and so
-- have `receipt_key` and `receipt_answer`, unless they are empty. `event_…` has one for each event, in
-- order of append, `event_number` counting from 0 in each append; `item_…` has one for each item of a
-- condition's query and for each expected version (`item_version` is null for the former, `item_after`
-- for the latter), in order of append. Types and tags are array literals.
--
-- All appends are judged by the log as it was before the batch, in a few statements for all of them.
-- The caller therefore marks as `dependent` each append that an earlier one of the batch could bear on:
-- by writing what a condition of it asks for, or by the same event id or receipt key.
--
-- One row for each append:
--   appended  first_position, last_position; also for what had been appended before
--   repeated  detail: the answer of the receipt, last_position
--   conflict  detail: the number of the condition, first_position: of an event in the way, or 0
--   partial   detail: how many of its events are in the log already, first_position: of the first
--   deferred  dependent, and nothing else is in its way: to be sent again
--
-- Holds the log's lock until the transaction ends, which the server sees to if its client does nothing
-- for five seconds. That is what makes position order commit order:
-- nobody draws a position before all earlier ones are committed or given up. It follows that a
-- statement that starts under the lock sees every position, which is true of READ COMMITTED only.
--
-- Nothing here reads more than a few index entries for each event and item, however long the log:
-- the settings keep the planner to that while it has no statistics, or old ones.
CREATE OR REPLACE FUNCTION twofold.append_events(
    receipt_key text[],
    receipt_answer text[],
    dependent boolean[],
    event_count int[],
    event_append int[],
    event_number int[],
    event_id uuid[],
    event_stream text[],
    event_type text[],
    event_revision int[],
    event_data text[],
    event_tags text[],
    event_correlation text[],
    event_causation text[],
    event_actor text[],
    event_trace text[],
    item_append int[],
    item_condition int[],
    item_version bigint[],
    item_after bigint[],
    item_stream text[],
    item_types text[],
    item_tags text[]
)
RETURNS TABLE (outcome text, detail text, first_position bigint, last_position bigint)
LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan
SET jit = off
SET lock_timeout = '10s'
AS $$
#variable_conflict use_column
DECLARE
    now constant timestamptz := clock_timestamp();
    head bigint;
    -- of each append, by its number; an outcome stays null as long as nothing is in the way
    outcomes text[];
    details text[];
    firsts bigint[];
    lasts bigint[];
    found record;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'an append needs the isolation level READ COMMITTED, but the transaction has %',
            upper(current_setting('transaction_isolation'))
            USING ERRCODE = 'TF001',
            HINT = 'Under a snapshot taken before the lock, a condition would be checked against the past.';
    END IF;
    PERFORM pg_advisory_xact_lock(32782417642089572);  -- "twofold" in ASCII
    -- Whoever is suspended under the lock, or has gone without a word, would hold up all others.
    PERFORM set_config('idle_in_transaction_session_timeout', '5s', true);
    PERFORM twofold.keep_lineage();

    IF cardinality(receipt_key) > 0 THEN
        FOR found IN
            SELECT n.append, r.answer, r.position
            FROM unnest(receipt_key) WITH ORDINALITY AS n (key, append)
            JOIN twofold.receipt r ON r.key = n.key
        LOOP
            outcomes[found.append] := 'repeated';
            details[found.append] := found.answer;
            lasts[found.append] := found.position;
        END LOOP;
    END IF;

    FOR found IN
        SELECT n.append, count(*) AS known, min(e.position) AS first, max(e.position) AS last
        FROM unnest(event_append, event_id) AS n (append, id)
        JOIN twofold.event e ON e.id = n.id
        GROUP BY n.append
    LOOP
        CONTINUE WHEN outcomes[found.append] IS NOT NULL;
        outcomes[found.append] :=
            CASE found.known WHEN event_count[found.append] THEN 'appended' ELSE 'partial' END;
        details[found.append] := found.known;
        firsts[found.append] := found.first;
        lasts[found.append] := found.last;
    END LOOP;

    -- One look at the end of the stream, or of each tag, tells of nearly every item that nothing is
    -- in its way; only what that leaves open is searched for.
    FOR found IN
        SELECT i.append, i.condition,
            CASE
                WHEN i.version IS NOT NULL THEN coalesce(last.position, 0)
                ELSE (
                    SELECT m FROM twofold.positions_matching(
                        i.stream, i.types::text[], i.tags::text[], i.after, 1) AS m
                )
            END AS position
        FROM unnest(
            item_append, item_condition, item_version, item_after, item_stream, item_types,
            item_tags
        ) AS i (append, condition, version, after, stream, types, tags)
        LEFT JOIN LATERAL (
            SELECT e.version, e.position FROM twofold.event e
            WHERE e.stream = i.stream ORDER BY e.version DESC LIMIT 1
        ) AS last ON true
        WHERE CASE
            WHEN i.version IS NOT NULL THEN coalesce(last.version, 0) <> i.version
            WHEN i.stream IS NOT NULL THEN last.position > i.after
            WHEN i.tags IS NOT NULL THEN NOT EXISTS (
                SELECT FROM unnest(i.tags::text[]) AS wanted (tag)
                WHERE coalesce((
                    SELECT t.position FROM twofold.event_tag t
                    WHERE t.tag = wanted.tag ORDER BY t.position DESC LIMIT 1
                ), 0) <= i.after
            )
            ELSE true
        END
    LOOP
        CONTINUE WHEN found.position IS NULL OR outcomes[found.append] IS NOT NULL;
        outcomes[found.append] := 'conflict';
        details[found.append] := found.condition;
        firsts[found.append] := found.position;
    END LOOP;

    SELECT e.position INTO head FROM twofold.event e ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);
    FOR append IN 1..cardinality(dependent) LOOP
        IF outcomes[append] IS NULL THEN
            IF dependent[append] THEN
                outcomes[append] := 'deferred';
            ELSE
                firsts[append] := head + 1;
                head := head + event_count[append];
                lasts[append] := head;
            END IF;
        END IF;
    END LOOP;

    INSERT INTO twofold.event (
        position, id, stream, version, type, revision, data, tags, correlation, causation, actor,
        trace, recorded_at, checksum
    )
    SELECT
        position, id, stream, version, type, revision, data::json, tags, correlation, causation,
        actor, trace, now,
        twofold.event_checksum(
            position, id, stream, version, type, revision, data, tags, correlation, causation,
            actor, trace, now)
    FROM (
        SELECT
            firsts[n.append] + n.number AS position, n.id, n.stream,
            CASE WHEN n.stream IS NOT NULL THEN
                coalesce(last.version, 0)
                + row_number() OVER (PARTITION BY n.stream ORDER BY n.append, n.number)
            END AS version,
            n.type, n.revision, n.data, n.tags::text[] AS tags, n.correlation, n.causation,
            n.actor, n.trace
        FROM unnest(
            event_append, event_number, event_id, event_stream, event_type, event_revision,
            event_data, event_tags, event_correlation, event_causation, event_actor, event_trace
        ) AS n (
            append, number, id, stream, type, revision, data, tags, correlation, causation, actor,
            trace
        )
        LEFT JOIN LATERAL (
            SELECT e.version FROM twofold.event e
            WHERE e.stream = n.stream ORDER BY e.version DESC LIMIT 1
        ) AS last ON true
        WHERE outcomes[n.append] IS NULL
    ) AS accepted;

    IF NOT '{}' = ALL (event_tags) THEN
        INSERT INTO twofold.event_tag (tag, position)
        SELECT tag, firsts[n.append] + n.number
        FROM unnest(event_append, event_number, event_tags) AS n (append, number, tags),
            unnest(n.tags::text[]) AS tag
        WHERE outcomes[n.append] IS NULL;
    END IF;

    IF cardinality(receipt_key) > 0 THEN
        INSERT INTO twofold.receipt (key, answer, position, recorded_at)
        SELECT n.key, n.answer, lasts[n.append], now
        FROM unnest(receipt_key, receipt_answer) WITH ORDINALITY AS n (key, answer, append)
        WHERE n.key IS NOT NULL AND outcomes[n.append] IS NULL;
    END IF;

    FOR append IN 1..cardinality(dependent) LOOP
        outcome := coalesce(outcomes[append], 'appended');
        detail := details[append];
        first_position := firsts[append];
        last_position := lasts[append];
        RETURN NEXT;
    END LOOP;
END
$$;
