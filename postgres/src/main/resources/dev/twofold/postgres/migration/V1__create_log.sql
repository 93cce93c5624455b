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
    position bigint PRIMARY KEY CHECK (position > 0),
    id uuid NOT NULL UNIQUE,
    stream text COLLATE "C",
    version bigint CHECK (version > 0),
    type text COLLATE "C" NOT NULL,
    revision int NOT NULL CHECK (revision > 0),
    data json NOT NULL,
    tags text[] COLLATE "C" NOT NULL CHECK (array_position(tags, NULL) IS NULL),
    correlation text,
    causation text,
    actor text,
    trace text,
    recorded_at timestamptz NOT NULL,
    checksum bytea NOT NULL CHECK (length(checksum) = 8),
    -- Gives the last version of a stream, and reads it in order.
    UNIQUE (stream, version),
    CHECK ((stream IS NULL) = (version IS NULL))
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
