-- How many decisions the gate gave about a target in an hour. Instants and ids as in the first migration.

CREATE TABLE traffic (
    target TEXT    NOT NULL,
    hour   INTEGER NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (target, hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX traffic_hours ON traffic (hour);
