-- A name by which this store is told from any other.
ALTER TABLE epoch ADD COLUMN store TEXT NOT NULL DEFAULT '';

UPDATE epoch SET store = lower(hex(randomblob(16)));
