"""The tables of the readings' file.

log : what ingest acknowledges on, in order of arrival; its rows move to `reading` in key order later
arrival : one row an append; its readings end at log id `last_log`. Kept while it waits to be drained, and after that
    while its receipts (identities that the broker may deliver again) are remembered
aside : notices and refused payloads of appends, until they are in the records
reading : the readings in key order; a reader sees the union with `log`, where `reading` and then the lower id win
unfed : spans that a bulk load wrote and the feed has not told yet
mark : `fed` = last log id that is resolved and told, `total` = distinct keys up to there
origin : flags (JSON), source and time_source of readings, of which there are few different ones
rollup : key (rollup_series, time), where a rollup_series is a (level, period, quantity, subject)
"""

VERSION = 2

SCHEMA = """
CREATE TABLE series (
    id INTEGER PRIMARY KEY, device TEXT NOT NULL, quantity TEXT NOT NULL, UNIQUE (device, quantity)
);
CREATE TABLE origin (
    id INTEGER PRIMARY KEY, flags TEXT NOT NULL, source TEXT NOT NULL, time_source TEXT NOT NULL,
    UNIQUE (flags, source, time_source)
);
CREATE TABLE log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    series INTEGER NOT NULL, time_ms INTEGER NOT NULL, value REAL, quality INTEGER NOT NULL, origin INTEGER NOT NULL
);
CREATE INDEX log_key ON log (series, time_ms);
CREATE TABLE arrival (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    last_log INTEGER NOT NULL, received_ms INTEGER, owner TEXT NOT NULL, receipts BLOB,
    drained INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX arrival_waiting ON arrival (id) WHERE drained = 0;
CREATE TABLE aside (id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
CREATE TABLE reading (
    series INTEGER NOT NULL, time_ms INTEGER NOT NULL, value REAL, quality INTEGER NOT NULL, origin INTEGER NOT NULL,
    PRIMARY KEY (series, time_ms)
) WITHOUT ROWID;
CREATE TABLE unfed (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    series INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL
);
CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO mark VALUES ('fed', 0), ('total', 0);
CREATE TABLE rollup_series (
    id INTEGER PRIMARY KEY, level TEXT NOT NULL, period TEXT NOT NULL, quantity TEXT NOT NULL, subject TEXT NOT NULL,
    UNIQUE (level, period, quantity, subject)
);
CREATE TABLE rollup (
    series INTEGER NOT NULL, time_ms INTEGER NOT NULL,
    value REAL, minimum REAL, maximum REAL, coverage REAL NOT NULL, estimated REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (series, time_ms)
) WITHOUT ROWID
"""

UPGRADES = {1: "ALTER TABLE rollup ADD COLUMN estimated REAL NOT NULL DEFAULT 0"}
"""What brings a file of a version to the next one, its rows as they are."""
