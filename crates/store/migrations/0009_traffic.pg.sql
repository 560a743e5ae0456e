-- How many decisions the gate gave about a target in an hour. Instants and ids as in the first migration.

CREATE TABLE traffic (
    target TEXT COLLATE "C" NOT NULL,
    hour   BIGINT           NOT NULL,
    count  BIGINT           NOT NULL,
    PRIMARY KEY (target, hour)
);
CREATE INDEX traffic_hours ON traffic (hour);
