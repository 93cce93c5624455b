-- For each append of a batch, the last one before it that writes what one of its conditions asks
-- for, 0 for none. May name one too late, never one too early: it looks at each stream, type and
-- tag by itself.
CREATE OR REPLACE FUNCTION twofold.append_dependencies(
    appends int,
    event_append int[],
    event_stream text[],
    event_type text[],
    event_tags text[],
    item_append int[],
    item_stream text[],
    item_types text[],
    item_tags text[]
)
RETURNS int[]
LANGUAGE sql IMMUTABLE
AS $$
    WITH event AS (
        SELECT * FROM unnest(event_append, event_stream, event_type, event_tags)
            AS e (append, stream, type, tags)
    ),
    item AS (
        SELECT * FROM unnest(item_append, item_stream, item_types, item_tags)
            WITH ORDINALITY AS i (append, stream, types, tags, number)
    ),
    mention (append, item, kind, name) AS (
        SELECT append, NULL::bigint, 's', stream FROM event WHERE stream IS NOT NULL
        UNION ALL SELECT append, NULL, 't', type FROM event
        UNION ALL SELECT append, NULL, 'g', tag FROM event, unnest(tags::text[]) AS tag
        UNION ALL SELECT append, number, 's', stream FROM item WHERE stream IS NOT NULL
        UNION ALL SELECT append, number, 't', type FROM item, unnest(types::text[]) AS type
        UNION ALL SELECT append, number, 'g', tag FROM item, unnest(tags::text[]) AS tag
    ),
    -- every stream, type and tag with the last append before this one that writes it
    traced AS (
        SELECT
            append, item, kind,
            coalesce(max(append) FILTER (WHERE item IS NULL) OVER (
                PARTITION BY kind, name COLLATE "C" ORDER BY append
                RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ), 0) AS writer
        FROM mention
    ),
    -- a match needs the stream, one of the types and all of the tags
    dependency AS (
        SELECT
            append,
            least(
                min(writer) FILTER (WHERE kind = 's'),
                max(writer) FILTER (WHERE kind = 't'),
                min(writer) FILTER (WHERE kind = 'g')
            ) AS writer
        FROM traced
        WHERE item IS NOT NULL
        GROUP BY append, item
        UNION ALL
        SELECT append, append - 1
        FROM item
        WHERE stream IS NULL AND types IS NULL AND tags IS NULL
    )
    SELECT array_agg(coalesce(d.writer, 0) ORDER BY n.append)
    FROM generate_series(1, appends) AS n (append)
    LEFT JOIN (SELECT append, max(writer) AS writer FROM dependency GROUP BY append) AS d
        ON d.append = n.append
$$;
