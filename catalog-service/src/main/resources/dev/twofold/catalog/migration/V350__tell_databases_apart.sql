-- Views of one log that are in several databases each count their generations for themselves; what
-- nodes share elsewhere, such as a cache, goes by this.
CREATE TABLE catalog.identity (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid()
);

INSERT INTO catalog.identity DEFAULT VALUES;
