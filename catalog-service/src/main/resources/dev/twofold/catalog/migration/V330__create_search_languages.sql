-- A text search configuration for each language that PostgreSQL knows, in which accents make no difference: those of
-- pg_catalog with the dictionary unaccent in front; and the form of a text in which parts of words are looked for.
DO $$
DECLARE
  unaccent text;
  language record;
  token record;
BEGIN
  SELECT quote_ident(n.nspname) INTO unaccent
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'unaccent';

  FOR language IN
    SELECT c.oid, c.cfgname AS name FROM pg_ts_config c
    WHERE c.cfgnamespace = 'pg_catalog'::regnamespace
  LOOP
    EXECUTE format('CREATE TEXT SEARCH CONFIGURATION catalog.search_%s (COPY = pg_catalog.%I)',
      language.name, language.name);
    FOR token IN
      SELECT t.alias AS name, string_agg(d.dictname, ', ' ORDER BY m.mapseqno) AS dictionaries
      FROM pg_ts_config_map m
      JOIN ts_token_type('default') t ON t.tokid = m.maptokentype
      JOIN pg_ts_dict d ON d.oid = m.mapdict
      WHERE m.mapcfg = language.oid AND t.alias IN ('word', 'hword', 'hword_part')
      GROUP BY t.alias
    LOOP
      EXECUTE format(
        'ALTER TEXT SEARCH CONFIGURATION catalog.search_%s ALTER MAPPING FOR %s WITH %s.unaccent, %s',
        language.name, token.name, unaccent, token.dictionaries);
    END LOOP;
  END LOOP;

  -- Stable only because dictionaries can be changed: whoever changes that of unaccent rebuilds the search.
  EXECUTE format($function$
    CREATE FUNCTION catalog.plain(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $body$
      SELECT ' ' || pg_catalog.btrim(pg_catalog.regexp_replace(
        pg_catalog.lower(%1$s.unaccent('%1$s.unaccent'::pg_catalog.regdictionary, $1)),
        '[^[:alnum:]]+', ' ', 'g'))
    $body$
  $function$, unaccent);
END
$$;
