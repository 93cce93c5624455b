-- Refuses every event; a trigger calls it in databases that follow a log elsewhere, and only there.
CREATE FUNCTION twofold.refuse_events() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'this database keeps projections of a log that is elsewhere, and takes no events of its own'
        USING ERRCODE = 'TF003',
        HINT = 'Append to the database of the log.';
END;
$$;
