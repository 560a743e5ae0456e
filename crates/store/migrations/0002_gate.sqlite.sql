-- What the gate of each process reads to follow the others: what changed since an epoch.
CREATE INDEX maintenances_by_epoch ON maintenances (epoch) WHERE epoch IS NOT NULL;
ALTER TABLE engagements ADD COLUMN epoch INTEGER;
CREATE INDEX engagements_by_epoch ON engagements (epoch) WHERE epoch IS NOT NULL;

-- When every enforcer had reported the epoch of a maintenance.
ALTER TABLE maintenances ADD COLUMN reported_at INTEGER;

-- Who asks its own copy of the snapshot, and which epoch that has. A lease that is not renewed runs out.
CREATE TABLE enforcers (
    name        TEXT    NOT NULL PRIMARY KEY,
    epoch       INTEGER NOT NULL,
    lease_until INTEGER NOT NULL
) STRICT;

-- Links that let somebody in, each once, and the cookies that they were changed for. Only hashes are kept.
CREATE TABLE passes (
    id          TEXT    NOT NULL PRIMARY KEY,
    link        BLOB    NOT NULL UNIQUE,
    cookie      BLOB    UNIQUE,
    maintenance TEXT    NOT NULL,
    target      TEXT    NOT NULL,
    made_by     TEXT    NOT NULL,
    made_at     INTEGER NOT NULL,
    good_until  INTEGER NOT NULL
) STRICT;
CREATE INDEX passes_by_maintenance ON passes (maintenance);
CREATE INDEX passes_by_end ON passes (good_until);
