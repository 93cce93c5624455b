-- Secrets lie here as they are, or sealed under a key that is not in this database: 4 bytes that tell the
-- key, 12 of nonce, and the 32 of the secret with 16 of tag.
ALTER TABLE catalog.webhook
  DROP CONSTRAINT webhook_secret_check,
  DROP CONSTRAINT webhook_previous_secret_check,
  ADD CONSTRAINT webhook_secret_check CHECK (length(secret) IN (32, 64)),
  ADD CONSTRAINT webhook_previous_secret_check CHECK (length(previous_secret) IN (32, 64));
