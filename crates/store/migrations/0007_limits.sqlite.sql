-- How much of a part of the estate may be in maintenance at a time. Instants, truths, ids and bodies as in the first migration.

CREATE TABLE limits (
    id      TEXT    NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    body    TEXT    NOT NULL
) STRICT;
