-- Who is told of events over HTTP, and how far each has been told. The secrets lie here as they are,
-- since every delivery is signed with them: whoever reads this table can forge deliveries.
CREATE TABLE catalog.webhook (
  id text PRIMARY KEY,
  url text NOT NULL,
  types text[] NOT NULL,
  secret bytea NOT NULL CHECK (length(secret) = 32),
  previous_secret bytea CHECK (length(previous_secret) = 32),
  previous_until timestamptz,
  position bigint NOT NULL CHECK (position >= 0),
  attempts int NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  next_attempt_at timestamptz,
  disabled_at timestamptz,
  problem text,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((previous_secret IS NULL) = (previous_until IS NULL)),
  CHECK (disabled_at IS NULL OR problem IS NOT NULL)
);

-- The newest attempts for each; older ones are deleted.
CREATE TABLE catalog.webhook_delivery (
  webhook_id text NOT NULL REFERENCES catalog.webhook ON DELETE CASCADE,
  number bigint GENERATED ALWAYS AS IDENTITY,
  position bigint NOT NULL,
  event_id uuid NOT NULL,
  type text NOT NULL,
  attempt int NOT NULL,
  at timestamptz NOT NULL,
  millis bigint NOT NULL,
  status int,
  problem text,
  PRIMARY KEY (webhook_id, number)
);
