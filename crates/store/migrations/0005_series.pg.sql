-- Series, and which maintenance is which of their occurrences: each is made once, whoever makes it.
-- Instants, truths, ids and bodies as in the first migration.

CREATE TABLE series (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version    BIGINT           NOT NULL,
    due_at     BIGINT,
    created_at BIGINT           NOT NULL,
    revision   BIGINT           NOT NULL,
    epoch      BIGINT,
    locked     BIGINT           NOT NULL DEFAULT 0,
    body       TEXT             NOT NULL
);
CREATE INDEX series_due ON series (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX series_by_epoch ON series (epoch) WHERE epoch IS NOT NULL;

CREATE TABLE occurrences (
    series      TEXT COLLATE "C" NOT NULL,
    occurrence  TEXT COLLATE "C" NOT NULL,
    maintenance TEXT COLLATE "C" NOT NULL UNIQUE,
    PRIMARY KEY (series, occurrence)
);
