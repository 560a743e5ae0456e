-- Calendars, each with its entries as they were last good, and how it stands with fetching them. Instants, ids and bodies as
-- in the first migration.

CREATE TABLE calendars (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version    BIGINT           NOT NULL,
    body       TEXT             NOT NULL,
    entries    TEXT             NOT NULL,
    due_at     BIGINT,
    fetched_at BIGINT,
    etag       TEXT,
    modified   TEXT,
    error      TEXT
);
CREATE INDEX calendars_due ON calendars (due_at) WHERE due_at IS NOT NULL;
