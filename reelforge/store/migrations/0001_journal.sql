-- The journal: what was asked for, what was done, what it cost, what happened.
-- Times are Unix seconds (wall clock); durations are measured with a clock that never goes backwards.

CREATE TABLE jobs (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    channel     TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'needs_person', 'cancelled')),
    "order"     TEXT NOT NULL CHECK (json_valid("order")),
    order_key   TEXT NOT NULL,
    priority    INTEGER NOT NULL,
    attempt     INTEGER NOT NULL DEFAULT 0,
    deferrals   INTEGER NOT NULL DEFAULT 0,
    created     REAL NOT NULL,
    started     REAL,
    finished    REAL,
    deferred_at REAL,
    not_before  REAL,
    error       TEXT NOT NULL DEFAULT '',
    detail      TEXT NOT NULL DEFAULT '',
    mistake     INTEGER NOT NULL DEFAULT 0 CHECK (mistake IN (0, 1)),
    result      TEXT CHECK (result IS NULL OR json_valid(result))
) STRICT;

CREATE INDEX jobs_by_turn ON jobs (state, priority, seq);
CREATE INDEX jobs_by_order ON jobs (order_key, state);

CREATE TABLE steps (
    seq      INTEGER PRIMARY KEY,
    job      TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    path     TEXT NOT NULL,
    key      TEXT NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('started', 'done', 'failed')),
    paid     TEXT NOT NULL CHECK (paid IN ('free', 'idempotent', 'unclear')),
    job_run  INTEGER NOT NULL,
    attempt  INTEGER NOT NULL,
    cached   INTEGER NOT NULL DEFAULT 0 CHECK (cached IN (0, 1)),
    started  REAL NOT NULL,
    finished REAL,
    seconds  REAL NOT NULL DEFAULT 0,
    error    TEXT NOT NULL DEFAULT '',
    UNIQUE (job, path, key)
) STRICT;

CREATE INDEX steps_unclear ON steps (key) WHERE state = 'started' AND paid = 'unclear';

-- What a key gave. One row a key, whichever job made it first: a later job with the same inputs finds it here.
CREATE TABLE results (
    key  TEXT PRIMARY KEY,
    body TEXT NOT NULL CHECK (json_valid(body)),
    at   REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE costs (
    seq      INTEGER PRIMARY KEY,
    job      TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    channel  TEXT NOT NULL,
    path     TEXT NOT NULL,
    at       REAL NOT NULL,
    engine   TEXT NOT NULL,
    what     TEXT NOT NULL,
    units    REAL NOT NULL,
    unit     TEXT NOT NULL,
    price    REAL NOT NULL,
    currency TEXT NOT NULL,
    mark     TEXT UNIQUE -- of a call that carries an idempotency key: however often it is tried, it costs once
) STRICT;

CREATE INDEX costs_by_job ON costs (job);
CREATE INDEX costs_by_time ON costs (channel, at);

-- AUTOINCREMENT: an id is never given twice, even after old events were removed, so followers can ask "after N".
CREATE TABLE events (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    at   REAL NOT NULL,
    job  TEXT NOT NULL DEFAULT '',
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

CREATE INDEX events_by_job ON events (job, id);
