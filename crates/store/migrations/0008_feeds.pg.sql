-- Links to calendars of what is planned for a part of the estate; of a secret one only the hash is kept.
CREATE TABLE feeds (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    secret  BYTEA  UNIQUE,
    target  TEXT COLLATE "C" NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    made_at BIGINT NOT NULL
);

-- Since when a maintenance is over: feeds show it for a while.
ALTER TABLE maintenances ADD COLUMN over_at BIGINT;
CREATE INDEX maintenances_by_over ON maintenances (over_at) WHERE over_at IS NOT NULL;

-- Which notice of somebody else a maintenance was made of, and which edition of it was read last.
CREATE TABLE imports (
    maintenance TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    uid         TEXT COLLATE "C" NOT NULL,
    provider    TEXT COLLATE "C" NOT NULL,
    number      TEXT COLLATE "C" NOT NULL,
    sequence    BIGINT NOT NULL
);
CREATE INDEX imports_by_uid ON imports (uid);
CREATE INDEX imports_by_number ON imports (provider, number);
