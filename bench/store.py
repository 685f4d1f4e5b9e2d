"""The stores: insert and read against raw sqlite3 and against plain line protocol over HTTP, median of rounds.

Ours do more than the peers: the first value of a key stays, the feed is told, readings are counted.
"""

from __future__ import annotations

import csv
import http.client
import io
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode, urlsplit

import numpy as np

from models.reading import Reading, Series, from_ms
from models.store import Store
from storage.engine import open_engine
from storage.influx import InfluxStore
from storage.migrate import upgrade
from storage.sqlite import SqliteStore
from tests.servers import Bucket, Influxd

ROUNDS = 5
YEAR_HOURS = 8760
METERS = 30
LIVE_READINGS = 50_000
LIVE_BATCH = 1_000
LIVE_DEVICES = 1_000
START_MS = 1_700_000_000_000
HOUR_MS = 3_600_000

Row = dict[str, object]
Work = Callable[[int], int]


class BenchClock:
    """Time stands still: nothing measured here depends on it."""

    speed = 1.0

    def now(self) -> datetime:
        return datetime(2026, 11, 24, tzinfo=UTC)


def rows() -> Iterator[Row]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        upgrade(f"sqlite:///{folder / 'records.db'}")
        engine = open_engine(f"sqlite:///{folder / 'records.db'}")
        store = SqliteStore(folder / "readings.db", engine, "bench", BenchClock())
        raw = RawSqlite(folder / "raw.db")
        yield compare("sqlite: history, rows in key order", history(store), raw.history)
        yield compare("sqlite: live, acknowledged in batches of 1,000", live_sqlite(store), raw.live)
        yield compare("sqlite: one meter's year as columns", year(store), raw.year)
        store.close()
        raw.connection.close()
        with Influxd(folder) as influxd:
            bucket = influxd.new_bucket()
            where = (bucket.url, bucket.token, bucket.org, bucket.name)
            influx = InfluxStore(*where, engine, "bench-influx", BenchClock(), 60.0)
            plain = PlainInflux(influxd.new_bucket())
            yield compare("influx: history, rows in key order", history(influx), plain.history)
            yield compare("influx: live, in batches of 5,000", live_influx(influx), plain.live)
            yield compare("influx: one meter's year as columns", year(influx), plain.year)
            influx.close()
        engine.dispose()


def compare(name: str, ours: Work, peer: Work) -> Row:
    """Rows a second of both, taking turns; the first round of each warms up and does not count."""
    rates: dict[str, list[float]] = {"ours": [], "peer": []}
    for number in range(ROUNDS + 1):
        for who, work in (("ours", ours), ("peer", peer)):
            start = time.perf_counter()
            done = work(number)
            rates[who].append(done / (time.perf_counter() - start))
    mine, other = (statistics.median(rates[who][1:]) for who in ("ours", "peer"))
    return {"name": name, "ours": mine, "peer": other, "ratio": mine / other, "unit": "rows/s"}


def times_ms() -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return START_MS + HOUR_MS * np.arange(YEAR_HOURS, dtype=np.int64)


def history(store: Store) -> Work:
    def work(number: int) -> int:
        value = np.arange(YEAR_HOURS) / 8
        one = np.array([1], np.int8)
        meters = (f"{number:02d}{meter:06d}" for meter in range(METERS))
        return store.write_series(Series(m, "volume_m3", times_ms(), value, one, "import") for m in meters).new

    return work


def live_batches(number: int, size: int) -> Iterator[list[Reading]]:
    """Devices in turn, as they come off a broker."""
    for begin in range(0, LIVE_READINGS, size):
        yield [
            Reading(
                f"live{place % LIVE_DEVICES:04d}",
                "flow_m3h",
                place / 8,
                from_ms(START_MS + (number * LIVE_READINGS + place) // LIVE_DEVICES * 60_000),
                source="json",
            )
            for place in range(begin, begin + size)
        ]


def live_sqlite(store: SqliteStore) -> Work:
    def work(number: int) -> int:
        for batch in live_batches(number, LIVE_BATCH):
            store.log.append(batch)
        return LIVE_READINGS

    return work


def live_influx(store: Store) -> Work:
    def work(number: int) -> int:
        return sum(store.write(batch).new for batch in live_batches(number, 5_000))

    return work


def year(store: Store) -> Work:
    def work(number: int) -> int:
        found = store.series([("01000003", "volume_m3")], from_ms(0), from_ms(2 * START_MS))
        return len(found[0].time_ms)

    return work


class RawSqlite:
    """What anyone would write first: one table keyed by series and time, WAL, synchronous=FULL."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        for table in ("history", "live"):
            self.connection.execute(
                f"CREATE TABLE {table} (series INTEGER, time_ms INTEGER, value REAL, quality INTEGER, origin INTEGER, "
                "PRIMARY KEY (series, time_ms)) WITHOUT ROWID"
            )

    def insert(self, table: str, found: list[tuple[int, int, float, int, int]]) -> None:
        self.connection.execute("BEGIN")
        self.connection.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?, ?, ?, ?, ?)", found)
        self.connection.execute("COMMIT")

    def history(self, number: int) -> int:
        times = times_ms().tolist()
        values = (np.arange(YEAR_HOURS) / 8).tolist()
        for begin in range(0, METERS, 3):
            meters = range(number * METERS + begin, number * METERS + begin + 3)
            self.insert("history", [(m, t, v, 1, 1) for m in meters for t, v in zip(times, values, strict=True)])
        return METERS * YEAR_HOURS

    def live(self, number: int) -> int:
        for batch in live_batches(number, LIVE_BATCH):
            numbers = [(int(r.device[4:]), int(r.time.timestamp() * 1000), r.value or 0.0, 1, 1) for r in batch]
            self.insert("live", numbers)
        return LIVE_READINGS

    def year(self, number: int) -> int:
        query = "SELECT time_ms, value, quality FROM history WHERE series = ? ORDER BY time_ms"
        found = self.connection.execute(query, (METERS + 3,)).fetchall()
        return len(np.array(found, dtype=[("time_ms", np.int64), ("value", np.float64), ("quality", np.int8)]))


class PlainInflux:
    """Line protocol joined and posted, Flux posted and its CSV read; no lookup, no feed."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self.connection = http.client.HTTPConnection(urlsplit(bucket.url).netloc)

    def post(self, path: str, body: bytes, **headers: str) -> bytes:
        self.connection.request("POST", path, body, {"Authorization": f"Token {self.bucket.token}", **headers})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"influxd answered {answer.status}: {text[:200]!r}")
        return text

    def write(self, lines: list[str]) -> None:
        options = urlencode({"org": self.bucket.org, "bucket": self.bucket.name, "precision": "ms"})
        self.post(f"/api/v2/write?{options}", "\n".join(lines).encode())

    def history(self, number: int) -> int:
        values = (np.arange(YEAR_HOURS) / 8).tolist()
        for meter in range(METERS):
            head = f"reading,device={number:02d}{meter:06d},quantity=volume_m3 value="
            tail = ',quality=1i,source="import" '
            self.write([f"{head}{v!r}{tail}{t}" for t, v in zip(times_ms().tolist(), values, strict=True)])
        return METERS * YEAR_HOURS

    def live(self, number: int) -> int:
        for batch in live_batches(number, 5_000):
            self.write(
                [
                    f'reading,device={r.device},quantity={r.quantity} value={r.value!r},quality=1i,source="json" '
                    f"{int(r.time.timestamp() * 1000)}"
                    for r in batch
                ]
            )
        return LIVE_READINGS

    def year(self, number: int) -> int:
        flux = (
            f'from(bucket: "{self.bucket.name}") |> range(start: 0) |> filter(fn: (r) => r._measurement == "reading" '
            'and r.device == "01000003" and r.quantity == "volume_m3" and (r._field == "value" or '
            'r._field == "quality")) |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") '
            '|> keep(columns: ["_time", "value", "quality"])'
        )
        path = "/api/v2/query?" + urlencode({"org": self.bucket.org})
        text = self.post(path, flux.encode(), **{"Content-Type": "application/vnd.flux"}).decode()
        found = [row for row in csv.DictReader(io.StringIO(text)) if row["_time"]]
        np.array([row["_time"][:-1] for row in found], dtype="datetime64[ms]")
        np.array([row["value"] for row in found], dtype=np.float64)
        return len(found)
