-- Instants are microseconds since 1970-01-01T00:00:00Z; truths are 0 or 1; ids are text.
-- Texts compare byte by byte, as they do on SQLite, whatever the collation of the database.
-- `body` is JSON that only Rust interprets, `version` the form it has; the other columns repeat what is searched.

CREATE TABLE maintenances (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version    BIGINT           NOT NULL,
    status     TEXT COLLATE "C" NOT NULL,
    phase      TEXT COLLATE "C",
    words      TEXT             NOT NULL,
    starts_at  BIGINT,
    due_at     BIGINT,
    created_at BIGINT           NOT NULL,
    revision   BIGINT           NOT NULL,
    epoch      BIGINT,
    locked     BIGINT           NOT NULL DEFAULT 0,
    body       TEXT             NOT NULL
);
CREATE INDEX maintenances_by_status ON maintenances (status, id);
CREATE INDEX maintenances_live ON maintenances (id) WHERE status = 'in_progress';
CREATE INDEX maintenances_due ON maintenances (due_at, id) WHERE due_at IS NOT NULL;

CREATE TABLE maintenance_roots (
    maintenance TEXT COLLATE "C" NOT NULL,
    target      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (maintenance, target)
);
CREATE INDEX maintenance_roots_by_target ON maintenance_roots (target, maintenance);

CREATE TABLE engagements (
    target        TEXT COLLATE "C" NOT NULL,
    effect        TEXT COLLATE "C" NOT NULL,
    version       BIGINT           NOT NULL,
    stage         TEXT COLLATE "C" NOT NULL,
    at_rest       BIGINT           NOT NULL,
    op            BIGINT           NOT NULL,
    revision      BIGINT           NOT NULL,
    claimed_until BIGINT,
    claimed_by    TEXT COLLATE "C",
    locked        BIGINT           NOT NULL DEFAULT 0,
    body          TEXT             NOT NULL,
    PRIMARY KEY (target, effect)
);
CREATE INDEX engagements_live ON engagements (target, effect) WHERE at_rest = 0;

CREATE TABLE holds (
    target      TEXT COLLATE "C" NOT NULL,
    effect      TEXT COLLATE "C" NOT NULL,
    maintenance TEXT COLLATE "C" NOT NULL,
    role        TEXT COLLATE "C" NOT NULL CHECK (role IN ('holds', 'answers')),
    PRIMARY KEY (target, effect, maintenance)
);
CREATE INDEX holds_by_maintenance ON holds (maintenance, target, effect);

CREATE TABLE receipts (
    target  TEXT COLLATE "C" NOT NULL,
    effect  TEXT COLLATE "C" NOT NULL,
    op      BIGINT           NOT NULL,
    at      BIGINT           NOT NULL,
    version BIGINT           NOT NULL,
    body    TEXT             NOT NULL,
    PRIMARY KEY (target, effect, op, at)
);

CREATE TABLE targets (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version     BIGINT           NOT NULL,
    path        TEXT COLLATE "C" NOT NULL UNIQUE,
    external_id TEXT COLLATE "C" UNIQUE,
    revision    BIGINT           NOT NULL,
    body        TEXT             NOT NULL
);

CREATE TABLE tokens (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    hash       BYTEA            NOT NULL UNIQUE,
    name       TEXT             NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    grants     TEXT             NOT NULL,
    created_at BIGINT           NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

CREATE TABLE log (
    seq         BIGINT           NOT NULL PRIMARY KEY,
    at          BIGINT           NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL,
    maintenance TEXT COLLATE "C",
    target      TEXT COLLATE "C",
    actor       TEXT COLLATE "C",
    body        TEXT             NOT NULL,
    hash        BYTEA            NOT NULL
);
CREATE INDEX log_by_kind ON log (kind, seq);
CREATE INDEX log_by_maintenance ON log (maintenance, seq) WHERE maintenance IS NOT NULL;
CREATE INDEX log_by_target ON log (target, seq) WHERE target IS NOT NULL;

-- The one row that gives the log its numbers and its chain, and the gate's snapshot its epoch.
CREATE TABLE head (
    one   BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    seq   BIGINT NOT NULL,
    hash  BYTEA  NOT NULL,
    epoch BIGINT NOT NULL
);
INSERT INTO head (one, seq, hash, epoch) VALUES (1, 0, decode(repeat('00', 32), 'hex'), 0);
