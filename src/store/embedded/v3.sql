-- Which version of each flow new sessions begin on, and how often that changed.
CREATE TABLE active (
    id      TEXT PRIMARY KEY NOT NULL,
    version TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE epoch (
    value INTEGER NOT NULL
) STRICT;

INSERT INTO epoch (value) VALUES (0);
