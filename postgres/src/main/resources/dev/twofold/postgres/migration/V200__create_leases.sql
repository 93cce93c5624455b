-- What one process at a time may do until it runs out, such as to relay the log, and how far those
-- who held it have come. `term` grows each time it is taken, and tells a later holder from an
-- earlier one.
CREATE TABLE twofold.lease (
    name text COLLATE "C" PRIMARY KEY,
    holder text NOT NULL,
    term bigint NOT NULL CHECK (term > 0),
    position bigint NOT NULL CHECK (position >= 0),
    until timestamptz NOT NULL
) WITH (fillfactor = 50);
