-- What maintenances wait for, target by target: written at each reading, so apart from the maintenance and the log.
-- Jobs that stop work without a hold, workload by workload. Instants, truths, ids and bodies as in the first migration.

CREATE TABLE drains (
    maintenance TEXT COLLATE "C" NOT NULL,
    target      TEXT COLLATE "C" NOT NULL,
    version     BIGINT           NOT NULL,
    body        TEXT             NOT NULL,
    PRIMARY KEY (maintenance, target)
);

CREATE TABLE jobs (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version    BIGINT           NOT NULL,
    done       BIGINT           NOT NULL,
    locked     BIGINT           NOT NULL DEFAULT 0,
    body       TEXT             NOT NULL
);
CREATE INDEX jobs_live ON jobs (id) WHERE done = 0;

CREATE TABLE job_items (
    job     TEXT COLLATE "C" NOT NULL,
    number  BIGINT           NOT NULL,
    version BIGINT           NOT NULL,
    done    BIGINT           NOT NULL,
    body    TEXT             NOT NULL,
    PRIMARY KEY (job, number)
);
CREATE INDEX job_items_live ON job_items (job, number) WHERE done = 0;
