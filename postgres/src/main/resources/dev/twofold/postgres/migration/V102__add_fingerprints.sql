-- By what program, as far as can be seen, a generation was begun; empty if that cannot be told.
ALTER TABLE twofold.projection ADD COLUMN fingerprint text NOT NULL DEFAULT '';
