-- How much of a part of the estate may be in maintenance at a time. Instants, truths, ids and bodies as in the first migration.

CREATE TABLE limits (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version BIGINT           NOT NULL,
    body    TEXT             NOT NULL
);
