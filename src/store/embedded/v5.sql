-- What was published of each flow, by whom and why; and what is being worked on.
CREATE TABLE publications (
  flow TEXT NOT NULL,
  number INTEGER NOT NULL,
  version TEXT,
  note TEXT NOT NULL,
  PRIMARY KEY (flow, number)
) WITHOUT ROWID;

CREATE TABLE drafts (
  flow TEXT PRIMARY KEY,
  hash TEXT NOT NULL,
  draft TEXT NOT NULL
) WITHOUT ROWID;

-- How often what happened on each version of a flow.
CREATE TABLE usage (
  flow TEXT NOT NULL,
  version TEXT NOT NULL,
  what TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (flow, version, what)
) WITHOUT ROWID;

INSERT INTO publications SELECT id, 1, version, '{"at":0,"how":"file"}' FROM active;
