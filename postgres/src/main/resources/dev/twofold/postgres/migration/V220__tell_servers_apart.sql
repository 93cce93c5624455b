-- Two servers that have gone apart, such as a replica that was promoted and the primary that went on,
-- have logs of the same epoch. The last of `lineage` tells them apart: the first append on each
-- timeline of a server (PostgreSQL 18, section 25.3.6) adds to it, in its own transaction. So what
-- is read together with a lineage has been written under that lineage, or under one before it.
ALTER TABLE twofold.log
    ADD COLUMN timeline text COLLATE "C",
    ADD COLUMN lineage uuid[] NOT NULL DEFAULT '{}';

-- Called under the log's lock, before anything is written.
CREATE FUNCTION twofold.keep_lineage() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    here constant text := left(pg_walfile_name(pg_current_wal_lsn()), 8);
BEGIN
    IF (SELECT timeline FROM twofold.log WHERE only_row) IS DISTINCT FROM here THEN
        UPDATE twofold.log SET timeline = here, lineage = lineage || gen_random_uuid()
        WHERE only_row;
    END IF;
END
$$;
