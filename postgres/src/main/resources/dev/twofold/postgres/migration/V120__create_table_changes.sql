-- Changes of tables that an application writes as it always did, until they are in the log.
--
-- Changes of one row have ids in the order in which they took effect, as the row's lock keeps it so.
CREATE TABLE twofold.table_change (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source text NOT NULL,
  before jsonb,
  after jsonb,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (before IS NOT NULL OR after IS NOT NULL)
);

-- Runs as its owner, so that whoever may write the table needs no right on this schema.
CREATE FUNCTION twofold.record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO twofold.table_change (source, before, after)
  VALUES (
    TG_ARGV[0],
    CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
    CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END);
  RETURN NULL;
END
$$;

-- Begins to capture the changes of a table, after the rows that are there already, as if each were
-- inserted now. False, and nothing done, if it is captured already.
CREATE FUNCTION twofold.capture_changes(source regclass) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
  name constant text := (
    SELECT format('%s.%s', n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = source);
BEGIN
  -- nobody writes between the rows that are read and the first change that is captured
  EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', source);
  IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = source AND tgname = 'twofold_capture') THEN
    RETURN false;
  END IF;
  EXECUTE format(
    'CREATE TRIGGER twofold_capture AFTER INSERT OR UPDATE OR DELETE ON %s
     FOR EACH ROW EXECUTE FUNCTION twofold.record_change(%L)', source, name);
  EXECUTE format(
    'INSERT INTO twofold.table_change (source, after) SELECT %L, to_jsonb(t) FROM %s AS t',
    name, source);
  RETURN true;
END
$$;
