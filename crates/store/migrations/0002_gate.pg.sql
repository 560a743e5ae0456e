-- What the gate of each process reads to follow the others: what changed since an epoch.
CREATE INDEX maintenances_by_epoch ON maintenances (epoch) WHERE epoch IS NOT NULL;
ALTER TABLE engagements ADD COLUMN epoch BIGINT;
CREATE INDEX engagements_by_epoch ON engagements (epoch) WHERE epoch IS NOT NULL;

-- When every enforcer had reported the epoch of a maintenance.
ALTER TABLE maintenances ADD COLUMN reported_at BIGINT;

-- Who asks its own copy of the snapshot, and which epoch that has. A lease that is not renewed runs out.
CREATE TABLE enforcers (
    name        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    epoch       BIGINT NOT NULL,
    lease_until BIGINT NOT NULL
);

-- Links that let somebody in, each once, and the cookies that they were changed for. Only hashes are kept.
CREATE TABLE passes (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    link        BYTEA  NOT NULL UNIQUE,
    cookie      BYTEA  UNIQUE,
    maintenance TEXT COLLATE "C" NOT NULL,
    target      TEXT COLLATE "C" NOT NULL,
    made_by     TEXT COLLATE "C" NOT NULL,
    made_at     BIGINT NOT NULL,
    good_until  BIGINT NOT NULL
);
CREATE INDEX passes_by_maintenance ON passes (maintenance);
CREATE INDEX passes_by_end ON passes (good_until);
