-- Appends a batch, one append after the other: each whole or not at all, each with its own outcome.
--
-- Appends are numbered from 1; `receipt_key` and `receipt_answer` have one entry for each of them,
-- null for none. `event_…` has one entry for each event, in order of append, and `item_…` one for
-- each item of a condition's query and for each expected version (`item_version` is null for the
-- former, `item_after` for the latter), in order of append. Types and tags are array literals.
--
-- One row for each append:
--   appended  first_position, last_position; also for what had been appended before
--   repeated  detail: the answer of the receipt, last_position
--   conflict  detail: the number of the condition, first_position: of an event in the way, or 0
--   partial   detail: how many of its events are in the log already, first_position: of the first
--
-- Holds the log's lock until the transaction ends. That is what makes position order commit order:
-- nobody draws a position before all earlier ones are committed or given up. It follows that a
-- statement that starts under the lock sees every position, which is true of READ COMMITTED only.
--
-- Nothing here reads more than a few index entries for each event and item, however long the log:
-- the settings keep the planner to that while it has no statistics, or old ones.
CREATE OR REPLACE FUNCTION twofold.append_events(
    receipt_key text[],
    receipt_answer text[],
    event_append int[],
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
SET plan_cache_mode = force_generic_plan
SET jit = off
SET lock_timeout = '10s'
AS $$
#variable_conflict use_column
DECLARE
    now constant timestamptz := clock_timestamp();
    head bigint;
    -- whether no event of the batch is in the log or twice in the batch
    all_new boolean;
    event_low int;
    event_high int := 0;
    item int := 1;
    last_version bigint;
    known int;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'an append needs the isolation level READ COMMITTED, but the transaction has %',
            upper(current_setting('transaction_isolation'))
            USING ERRCODE = 'TF001',
            HINT = 'Under a snapshot taken before the lock, a condition would be checked against the past.';
    END IF;
    PERFORM pg_advisory_xact_lock(32782417642089572);  -- "twofold" in ASCII

    SELECT e.position INTO head FROM twofold.event e ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);
    SELECT count(known.position) = 0 AND count(*) = count(DISTINCT n.id) INTO all_new
    FROM unnest(event_id) AS n (id)
    LEFT JOIN LATERAL (
        SELECT e.position FROM twofold.event e WHERE e.id = n.id LIMIT 1
    ) AS known ON true;

    FOR append IN 1..cardinality(receipt_key) LOOP
        outcome := NULL;
        detail := NULL;
        first_position := NULL;
        last_position := NULL;
        event_low := event_high + 1;
        WHILE event_append[event_high + 1] = append LOOP
            event_high := event_high + 1;
        END LOOP;

        IF receipt_key[append] IS NOT NULL THEN
            SELECT 'repeated', r.answer, r.position INTO outcome, detail, last_position
            FROM twofold.receipt r WHERE r.key = receipt_key[append];
        END IF;

        IF outcome IS NULL AND NOT all_new THEN
            SELECT count(*), min(e.position), max(e.position)
            INTO known, first_position, last_position
            FROM twofold.event e WHERE e.id = ANY (event_id[event_low:event_high]);
            IF known > 0 THEN
                outcome := CASE known WHEN event_high - event_low + 1 THEN 'appended' ELSE 'partial' END;
                detail := known;
            END IF;
        END IF;

        WHILE item_append[item] = append LOOP
            IF outcome IS NULL THEN
                IF item_version[item] IS NULL THEN
                    first_position := twofold.match_after(
                        item_stream[item], item_types[item]::text[], item_tags[item]::text[],
                        item_after[item]);
                ELSE
                    first_position := 0;
                    last_version := 0;
                    SELECT e.version, e.position INTO last_version, first_position
                    FROM twofold.event e
                    WHERE e.stream = item_stream[item] ORDER BY e.version DESC LIMIT 1;
                    IF coalesce(last_version, 0) = item_version[item] THEN
                        first_position := NULL;
                    ELSE
                        first_position := coalesce(first_position, 0);
                    END IF;
                END IF;
                IF first_position IS NOT NULL THEN
                    outcome := 'conflict';
                    detail := item_condition[item];
                END IF;
            END IF;
            item := item + 1;
        END LOOP;

        IF outcome IS NULL THEN
            outcome := 'appended';
            first_position := head + 1;
            FOR event IN event_low..event_high LOOP
                head := head + 1;
                last_version := NULL;
                IF event_stream[event] IS NOT NULL THEN
                    SELECT e.version INTO last_version FROM twofold.event e
                    WHERE e.stream = event_stream[event] ORDER BY e.version DESC LIMIT 1;
                    last_version := coalesce(last_version, 0) + 1;
                END IF;
                INSERT INTO twofold.event (
                    position, id, stream, version, type, revision, data, tags,
                    correlation, causation, actor, trace, recorded_at, checksum
                ) VALUES (
                    head, event_id[event], event_stream[event], last_version, event_type[event],
                    event_revision[event], event_data[event]::json, event_tags[event]::text[],
                    event_correlation[event], event_causation[event], event_actor[event],
                    event_trace[event], now,
                    twofold.event_checksum(
                        head, event_id[event], event_stream[event], last_version,
                        event_type[event], event_revision[event], event_data[event],
                        event_tags[event]::text[], event_correlation[event],
                        event_causation[event], event_actor[event], event_trace[event], now)
                );
                INSERT INTO twofold.event_tag (tag, position)
                SELECT tag, head FROM unnest(event_tags[event]::text[]) AS tag;
            END LOOP;
            last_position := head;
            IF receipt_key[append] IS NOT NULL THEN
                INSERT INTO twofold.receipt (key, answer, position, recorded_at)
                VALUES (receipt_key[append], receipt_answer[append], head, now);
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;
