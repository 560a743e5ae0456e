-- Links to calendars of what is planned for a part of the estate; of a secret one only the hash is kept.
CREATE TABLE feeds (
    id      TEXT    NOT NULL PRIMARY KEY,
    secret  BLOB    UNIQUE,
    target  TEXT    NOT NULL,
    made_by TEXT    NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;

-- Since when a maintenance is over: feeds show it for a while.
ALTER TABLE maintenances ADD COLUMN over_at INTEGER;
CREATE INDEX maintenances_by_over ON maintenances (over_at) WHERE over_at IS NOT NULL;

-- Which notice of somebody else a maintenance was made of, and which edition of it was read last.
CREATE TABLE imports (
    maintenance TEXT    NOT NULL PRIMARY KEY,
    uid         TEXT    NOT NULL,
    provider    TEXT    NOT NULL,
    number      TEXT    NOT NULL,
    sequence    INTEGER NOT NULL
) STRICT;
CREATE INDEX imports_by_uid ON imports (uid);
CREATE INDEX imports_by_number ON imports (provider, number);
