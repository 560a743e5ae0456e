-- Instants are microseconds since 1970-01-01T00:00:00Z; truths are 0 or 1; ids are text.
-- `body` is JSON that only Rust interprets, `version` the form it has; the other columns repeat what is searched.

CREATE TABLE maintenances (
    id         TEXT    NOT NULL PRIMARY KEY,
    version    INTEGER NOT NULL,
    status     TEXT    NOT NULL,
    phase      TEXT,
    words      TEXT    NOT NULL,
    starts_at  INTEGER,
    due_at     INTEGER,
    created_at INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    epoch      INTEGER,
    locked     INTEGER NOT NULL DEFAULT 0,
    body       TEXT    NOT NULL
) STRICT;
CREATE INDEX maintenances_by_status ON maintenances (status, id);
CREATE INDEX maintenances_live ON maintenances (id) WHERE status = 'in_progress';
CREATE INDEX maintenances_due ON maintenances (due_at, id) WHERE due_at IS NOT NULL;

CREATE TABLE maintenance_roots (
    maintenance TEXT NOT NULL,
    target      TEXT NOT NULL,
    PRIMARY KEY (maintenance, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX maintenance_roots_by_target ON maintenance_roots (target, maintenance);

CREATE TABLE engagements (
    target        TEXT    NOT NULL,
    effect        TEXT    NOT NULL,
    version       INTEGER NOT NULL,
    stage         TEXT    NOT NULL,
    at_rest       INTEGER NOT NULL,
    op            INTEGER NOT NULL,
    revision      INTEGER NOT NULL,
    claimed_until INTEGER,
    claimed_by    TEXT,
    locked        INTEGER NOT NULL DEFAULT 0,
    body          TEXT    NOT NULL,
    PRIMARY KEY (target, effect)
) STRICT;
CREATE INDEX engagements_live ON engagements (target, effect) WHERE at_rest = 0;

CREATE TABLE holds (
    target      TEXT NOT NULL,
    effect      TEXT NOT NULL,
    maintenance TEXT NOT NULL,
    role        TEXT NOT NULL CHECK (role IN ('holds', 'answers')),
    PRIMARY KEY (target, effect, maintenance)
) STRICT, WITHOUT ROWID;
CREATE INDEX holds_by_maintenance ON holds (maintenance, target, effect);

CREATE TABLE receipts (
    target  TEXT    NOT NULL,
    effect  TEXT    NOT NULL,
    op      INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    version INTEGER NOT NULL,
    body    TEXT    NOT NULL,
    PRIMARY KEY (target, effect, op, at)
) STRICT;

CREATE TABLE targets (
    id          TEXT    NOT NULL PRIMARY KEY,
    version     INTEGER NOT NULL,
    path        TEXT    NOT NULL UNIQUE,
    external_id TEXT    UNIQUE,
    revision    INTEGER NOT NULL,
    body        TEXT    NOT NULL
) STRICT;

CREATE TABLE tokens (
    id         TEXT    NOT NULL PRIMARY KEY,
    hash       BLOB    NOT NULL UNIQUE,
    name       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    grants     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT;

CREATE TABLE log (
    seq         INTEGER NOT NULL PRIMARY KEY,
    at          INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    maintenance TEXT,
    target      TEXT,
    actor       TEXT,
    body        TEXT    NOT NULL,
    hash        BLOB    NOT NULL
) STRICT;
CREATE INDEX log_by_kind ON log (kind, seq);
CREATE INDEX log_by_maintenance ON log (maintenance, seq) WHERE maintenance IS NOT NULL;
CREATE INDEX log_by_target ON log (target, seq) WHERE target IS NOT NULL;

-- The one row that gives the log its numbers and its chain, and the gate's snapshot its epoch.
CREATE TABLE head (
    one   INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    seq   INTEGER NOT NULL,
    hash  BLOB    NOT NULL,
    epoch INTEGER NOT NULL
) STRICT;
INSERT INTO head (one, seq, hash, epoch) VALUES (1, 0, zeroblob(32), 0);
