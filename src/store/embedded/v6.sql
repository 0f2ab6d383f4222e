-- What some new sessions of a flow begin on instead of the current version, as JSON.
CREATE TABLE rollouts (
  id TEXT PRIMARY KEY,
  rollout TEXT NOT NULL
) WITHOUT ROWID;
