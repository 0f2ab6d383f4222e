-- Flows that clients bring go with the last session that is on them, but not while one may be about to begin.
ALTER TABLE flows ADD COLUMN put_at INTEGER NOT NULL DEFAULT 0;

CREATE INDEX sessions_inline ON sessions (flow, version) WHERE flow >= 'inline-' AND flow < 'inline.';
