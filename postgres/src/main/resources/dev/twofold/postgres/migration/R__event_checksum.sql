-- The first eight bytes of SHA-256 over all that is stored of an event: shows a change that was made
-- behind the log's back, or by a failing disk.
--
-- STABLE and not IMMUTABLE, so that it is inlined; it depends on no setting.
CREATE OR REPLACE FUNCTION twofold.event_checksum(
    at bigint, id uuid, stream text, version bigint, type text, revision int, data text,
    tags text[], correlation text, causation text, actor text, trace text, recorded_at timestamptz
)
RETURNS bytea
LANGUAGE sql STABLE
RETURN substring(
    sha256(convert_to(
        ROW(
            at, id, stream, version, type, revision, data, tags, correlation, causation,
            actor, trace, (extract(epoch FROM recorded_at) * 1000000)::bigint
        )::text,
        'UTF8'
    ))
    FROM 1 FOR 8
);
