-- Appends a batch: each append whole or not at all, each with its own outcome, in order.
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
-- Appends that cannot bear on one another are checked together and written together. Where a
-- condition asks for a stream, type or tag that an earlier append of the batch writes, a new run
-- starts, which sees what the runs before it wrote.
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
RETURNS TABLE (append int, outcome text, detail text, first_position bigint, last_position bigint)
LANGUAGE plpgsql
SET enable_seqscan = off
SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
SET jit = off
SET lock_timeout = '10s'
AS $$
#variable_conflict use_column
DECLARE
    appends constant int := cardinality(receipt_key);
    events constant int := cardinality(event_append);
    items constant int := cardinality(item_append);
    -- for each append, the last one before it that its conditions could depend on
    depends_on int[];
    -- the run: its appends, events and items
    low int := 1;
    high int;
    event_low int := 1;
    event_high int;
    item_low int := 1;
    item_high int;
    -- the appends not decided yet
    open boolean[] := array_fill(true, ARRAY[appends]);
    head bigint;
    now constant timestamptz := clock_timestamp();
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'an append needs the isolation level READ COMMITTED, but the transaction has %',
            upper(current_setting('transaction_isolation'))
            USING ERRCODE = 'TF001',
            HINT = 'Under a snapshot taken before the lock, a condition would be checked against the past.';
    END IF;
    PERFORM pg_advisory_xact_lock(32782417642089572);  -- "twofold" in ASCII

    IF appends = 1 THEN
        NULL;
    ELSIF (SELECT count(*) > count(DISTINCT n.id) FROM unnest(event_id) AS n (id))
        OR (SELECT count(n.key) > count(DISTINCT n.key) FROM unnest(receipt_key) AS n (key))
    THEN
        -- the same append or key twice: one at a time
        depends_on := ARRAY(SELECT generate_series(0, appends - 1));
    ELSIF items > 0 THEN
        depends_on := twofold.append_dependencies(
            appends, event_append, event_stream, event_type, event_tags,
            item_append, item_stream, item_types, item_tags);
    END IF;

    WHILE low <= appends LOOP
        IF depends_on IS NULL THEN
            high := appends;
        ELSE
            high := low;
            WHILE high < appends AND depends_on[high + 1] < low LOOP
                high := high + 1;
            END LOOP;
        END IF;
        IF high = appends THEN
            event_high := events;
            item_high := items;
        ELSE
            event_high := event_low - 1;
            WHILE event_high < events AND event_append[event_high + 1] <= high LOOP
                event_high := event_high + 1;
            END LOOP;
            item_high := item_low - 1;
            WHILE item_high < items AND item_append[item_high + 1] <= high LOOP
                item_high := item_high + 1;
            END LOOP;
        END IF;
        head := coalesce((SELECT e.position FROM twofold.event e ORDER BY e.position DESC LIMIT 1), 0);

        FOR append, outcome, detail, last_position IN
            SELECT n.append, 'repeated', known.answer, known.position
            FROM generate_series(low, high) AS n (append),
            LATERAL (
                SELECT r.answer, r.position FROM twofold.receipt r
                WHERE r.key = receipt_key[n.append] LIMIT 1
            ) AS known
        LOOP
            open[append] := false;
            RETURN NEXT;
        END LOOP;

        FOR append, outcome, detail, first_position, last_position IN
            SELECT
                n.append,
                CASE count(*) WHEN count(known.position) THEN 'appended' ELSE 'partial' END,
                count(known.position)::text,
                min(known.position),
                max(known.position)
            FROM unnest(event_append[event_low:event_high], event_id[event_low:event_high])
                AS n (append, id)
            LEFT JOIN LATERAL (
                SELECT e.position FROM twofold.event e WHERE e.id = n.id LIMIT 1
            ) AS known ON true
            WHERE open[n.append]
            GROUP BY n.append
            HAVING count(known.position) > 0
        LOOP
            open[append] := false;
            RETURN NEXT;
        END LOOP;

        -- A stream or tag without an event after `after` settles most conditions with one probe.
        FOR append, outcome, detail, first_position, last_position IN
            SELECT DISTINCT ON (i.append)
                i.append, 'conflict', i.condition::text, in_the_way.position, NULL::bigint
            FROM unnest(
                item_append[item_low:item_high], item_condition[item_low:item_high],
                item_version[item_low:item_high], item_after[item_low:item_high],
                item_stream[item_low:item_high], item_types[item_low:item_high],
                item_tags[item_low:item_high]
            ) AS i (append, condition, version, after, stream, types, tags),
            LATERAL (
                SELECT CASE
                    WHEN i.version IS NOT NULL THEN (
                        SELECT coalesce(max(last.position), 0)
                        FROM (
                            SELECT e.version, e.position FROM twofold.event e
                            WHERE e.stream = i.stream ORDER BY e.version DESC LIMIT 1
                        ) AS last
                        HAVING coalesce(max(last.version), 0) <> i.version
                    )
                    WHEN i.stream IS NOT NULL AND coalesce((
                        SELECT e.position <= i.after FROM twofold.event e
                        WHERE e.stream = i.stream ORDER BY e.version DESC LIMIT 1
                    ), true) THEN NULL
                    WHEN i.tags IS NOT NULL AND EXISTS (
                        SELECT FROM unnest(i.tags::text[]) AS wanted (tag)
                        WHERE coalesce((
                            SELECT t.position <= i.after FROM twofold.event_tag t
                            WHERE t.tag = wanted.tag ORDER BY t.position DESC LIMIT 1
                        ), true)
                    ) THEN NULL
                    ELSE (
                        SELECT m.position
                        FROM twofold.positions_matching(
                            i.stream, i.types::text[], i.tags::text[], i.after, 1) AS m (position)
                    )
                END
            ) AS in_the_way (position)
            WHERE open[i.append] AND in_the_way.position IS NOT NULL
            ORDER BY i.append, i.condition, in_the_way.position
        LOOP
            open[append] := false;
            RETURN NEXT;
        END LOOP;

        RETURN QUERY
            WITH numbered AS MATERIALIZED (
                SELECT
                    n.*,
                    head + row_number() OVER (ORDER BY n.number) AS position,
                    CASE WHEN n.stream IS NOT NULL THEN
                        coalesce((
                            SELECT e.version FROM twofold.event e
                            WHERE e.stream = n.stream ORDER BY e.version DESC LIMIT 1
                        ), 0) + row_number() OVER (PARTITION BY n.stream ORDER BY n.number)
                    END AS version
                FROM unnest(
                    event_append[event_low:event_high], event_id[event_low:event_high],
                    event_stream[event_low:event_high], event_type[event_low:event_high],
                    event_revision[event_low:event_high], event_data[event_low:event_high],
                    event_tags[event_low:event_high], event_correlation[event_low:event_high],
                    event_causation[event_low:event_high], event_actor[event_low:event_high],
                    event_trace[event_low:event_high]
                ) WITH ORDINALITY AS n (
                    append, id, stream, type, revision, data, tags, correlation, causation, actor,
                    trace, number
                )
                WHERE open[n.append]
            ),
            reached AS (
                SELECT
                    a.append,
                    min(n.position) AS first_position,
                    coalesce(max(max(n.position)) OVER (ORDER BY a.append), head) AS last_position
                FROM generate_series(low, high) AS a (append)
                LEFT JOIN numbered n ON n.append = a.append
                WHERE open[a.append]
                GROUP BY a.append
            ),
            new_event AS (
                INSERT INTO twofold.event (
                    position, id, stream, version, type, revision, data, tags, correlation,
                    causation, actor, trace, recorded_at, checksum
                )
                SELECT
                    n.position, n.id, n.stream, n.version, n.type, n.revision, n.data::json,
                    n.tags::text[], n.correlation, n.causation, n.actor, n.trace, now,
                    twofold.event_checksum(
                        n.position, n.id, n.stream, n.version, n.type, n.revision, n.data,
                        n.tags::text[], n.correlation, n.causation, n.actor, n.trace, now)
                FROM numbered n
            ),
            new_tag AS (
                INSERT INTO twofold.event_tag (tag, position)
                SELECT tag, n.position FROM numbered n, unnest(n.tags::text[]) AS tag
            ),
            new_receipt AS (
                INSERT INTO twofold.receipt (key, answer, position, recorded_at)
                SELECT receipt_key[r.append], receipt_answer[r.append], r.last_position, now
                FROM reached r
                WHERE receipt_key[r.append] IS NOT NULL
            )
            SELECT
                r.append, 'appended', NULL::text,
                coalesce(r.first_position, r.last_position + 1), r.last_position
            FROM reached r;

        low := high + 1;
        event_low := event_high + 1;
        item_low := item_high + 1;
    END LOOP;
END
$$;
