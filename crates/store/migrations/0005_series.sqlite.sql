-- Series, and which maintenance is which of their occurrences: each is made once, whoever makes it.
-- Instants, truths, ids and bodies as in the first migration.

CREATE TABLE series (
    id         TEXT    NOT NULL PRIMARY KEY,
    version    INTEGER NOT NULL,
    due_at     INTEGER,
    created_at INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    epoch      INTEGER,
    locked     INTEGER NOT NULL DEFAULT 0,
    body       TEXT    NOT NULL
) STRICT;
CREATE INDEX series_due ON series (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX series_by_epoch ON series (epoch) WHERE epoch IS NOT NULL;

CREATE TABLE occurrences (
    series      TEXT NOT NULL,
    occurrence  TEXT NOT NULL,
    maintenance TEXT NOT NULL UNIQUE,
    PRIMARY KEY (series, occurrence)
) STRICT, WITHOUT ROWID;
