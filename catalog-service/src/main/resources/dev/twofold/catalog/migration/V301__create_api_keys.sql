-- Who may call the catalog. Of a key's secret there is only the SHA-256; while a key is being
-- rotated the one before is taken too.
CREATE TABLE catalog.api_key (
  id text PRIMARY KEY,
  name text NOT NULL CHECK (name <> ''),
  scope text NOT NULL CHECK (scope IN ('reader', 'editor', 'operator')),
  hash bytea NOT NULL CHECK (length(hash) = 32),
  previous_hash bytea CHECK (length(previous_hash) = 32),
  previous_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  CHECK ((previous_hash IS NULL) = (previous_until IS NULL))
);
