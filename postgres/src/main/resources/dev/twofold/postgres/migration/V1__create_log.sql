-- The log itself: who it is, so that positions of another log are not taken for its own.
CREATE TABLE twofold.log (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch uuid NOT NULL DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO twofold.log DEFAULT VALUES;

-- Every event, written by append_events alone. Text sorts by code point ("C"): comparing is a
-- memcmp, and no index depends on the version of a collation library.
CREATE TABLE twofold.event (
    position bigint PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    stream text COLLATE "C",
    version bigint,
    type text COLLATE "C" NOT NULL,
    revision int NOT NULL,
    data json NOT NULL,
    tags text[] COLLATE "C" NOT NULL,
    correlation text,
    causation text,
    actor text,
    trace text,
    recorded_at timestamptz NOT NULL,
    checksum bytea NOT NULL,
    -- Gives the last version of a stream, and reads it in order.
    UNIQUE (stream, version),
    -- One constraint rather than five: an insert of one row sets up each of them anew.
    CONSTRAINT event_is_sound CHECK (
        position > 0 AND revision > 0 AND length(checksum) = 8
        AND (stream IS NULL) = (version IS NULL) AND coalesce(version > 0, true)
    )
);

-- Finds the events of a type for queries that name no tag.
CREATE INDEX event_type ON twofold.event (type, position);

-- The tags of events once more, in the order in which conditions look for them.
CREATE TABLE twofold.event_tag (
    tag text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (tag, position)
);

-- What appends left under idempotency keys. `position` is the head of the log at that time.
CREATE TABLE twofold.receipt (
    key text COLLATE "C" PRIMARY KEY,
    answer text NOT NULL,
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL
);

-- Finds receipts that are old enough to be forgotten; they come in order of time.
CREATE INDEX receipt_recorded_at ON twofold.receipt USING brin (recorded_at);
