-- Requests that bore a key: `id` is the SHA-256 of whose it was, what it asked for and the key, `request` that of its body.
-- The row is written by the transaction that carries the request out; `seq` is the first entry of the log that this one
-- appended, `answer` what was answered, which is known a moment later.

CREATE TABLE idempotency (
    id      BLOB    NOT NULL PRIMARY KEY,
    request BLOB    NOT NULL,
    at      INTEGER NOT NULL,
    seq     INTEGER,
    answer  TEXT
) STRICT;
CREATE INDEX idempotency_by_age ON idempotency (at);
