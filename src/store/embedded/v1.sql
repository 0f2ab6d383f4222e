CREATE TABLE sessions (
    id         TEXT PRIMARY KEY NOT NULL,
    seq        INTEGER NOT NULL,
    data       TEXT NOT NULL,
    due        INTEGER,
    flow       TEXT NOT NULL,
    version    TEXT NOT NULL,
    state      TEXT NOT NULL,
    active     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX sessions_due ON sessions (due, id) WHERE due IS NOT NULL;
CREATE INDEX sessions_idle ON sessions (updated_at) WHERE due IS NULL;

-- One row a turn: the events from `first` to `last`, each a line of JSON.
CREATE TABLE log (
    session TEXT NOT NULL,
    first   INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    turn    INTEGER NOT NULL,
    events  TEXT NOT NULL,
    PRIMARY KEY (session, last)
) STRICT;

CREATE TABLE flows (
    id         TEXT NOT NULL,
    version    TEXT NOT NULL,
    definition TEXT NOT NULL,
    PRIMARY KEY (id, version)
) STRICT;

-- What plugins keep; an empty session is the plugin as a whole.
CREATE TABLE kv (
    plugin     TEXT NOT NULL,
    session    TEXT NOT NULL,
    key        TEXT NOT NULL,
    value      BLOB NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (plugin, session, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX kv_session ON kv (session) WHERE session <> '';
CREATE INDEX kv_expires ON kv (expires_at) WHERE expires_at IS NOT NULL;

-- Counted by triggers, so that no way of losing a value can forget to count it.
CREATE TABLE kv_usage (
    plugin TEXT PRIMARY KEY NOT NULL,
    keys   INTEGER NOT NULL,
    bytes  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER kv_added AFTER INSERT ON kv BEGIN
    INSERT INTO kv_usage (plugin, keys, bytes)
    VALUES (new.plugin, 1, octet_length(new.key) + octet_length(new.value))
    ON CONFLICT (plugin) DO UPDATE SET keys = keys + 1, bytes = bytes + excluded.bytes;
END;

CREATE TRIGGER kv_changed AFTER UPDATE OF value ON kv BEGIN
    UPDATE kv_usage
    SET bytes = bytes + octet_length(new.value) - octet_length(old.value)
    WHERE plugin = new.plugin;
END;

CREATE TRIGGER kv_removed AFTER DELETE ON kv BEGIN
    UPDATE kv_usage
    SET keys = keys - 1, bytes = bytes - octet_length(old.key) - octet_length(old.value)
    WHERE plugin = old.plugin;
    DELETE FROM kv_usage WHERE plugin = old.plugin AND keys = 0;
END;
