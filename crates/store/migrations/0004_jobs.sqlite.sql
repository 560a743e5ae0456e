-- What maintenances wait for, target by target: written at each reading, so apart from the maintenance and the log.
-- Jobs that stop work without a hold, workload by workload. Instants, truths, ids and bodies as in the first migration.

CREATE TABLE drains (
    maintenance TEXT    NOT NULL,
    target      TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    body        TEXT    NOT NULL,
    PRIMARY KEY (maintenance, target)
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
    id         TEXT    NOT NULL PRIMARY KEY,
    version    INTEGER NOT NULL,
    done       INTEGER NOT NULL,
    locked     INTEGER NOT NULL DEFAULT 0,
    body       TEXT    NOT NULL
) STRICT;
CREATE INDEX jobs_live ON jobs (id) WHERE done = 0;

CREATE TABLE job_items (
    job     TEXT    NOT NULL,
    number  INTEGER NOT NULL,
    version INTEGER NOT NULL,
    done    INTEGER NOT NULL,
    body    TEXT    NOT NULL,
    PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_items_live ON job_items (job, number) WHERE done = 0;
