-- Events that concern more documents than one batch changes. They are folded into them piece by
-- piece, in the order of the keys, each document's in the order of their positions.
--
-- Such an event is pending for a document that has one of the names among its references and that
-- no later event has touched.
CREATE TABLE twofold.fan_out (
  projection text NOT NULL,
  generation int NOT NULL,
  partition int NOT NULL,
  position bigint NOT NULL CHECK (position > 0),
  names text[] NOT NULL CHECK (names <> '{}'),
  after_key text COLLATE "C" NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (projection, generation, partition, position),
  FOREIGN KEY (projection, generation) REFERENCES twofold.projection ON DELETE CASCADE
);

COMMENT ON COLUMN twofold.fan_out.after_key IS 'The documents up to this key are done.';
