"""Importing: idempotent, resumed after kill -9, the same readings after export and import; feed gets ranges."""

from __future__ import annotations

import contextlib
import itertools
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.tables.exporting import export_readings
from ingest.tables.importing import Stopped
from ingest.tables.table_file import TableFile
from models.errors import VodaError
from models.quality import Quality
from models.quantity import QUANTITIES
from models.reading import EPOCH, Reading
from models.tables import Hints, Outcome, Said
from storage.sqlite import SqliteStore
from tests.front.commands import environment
from tests.golden_tables import EVER, FixedClock, Shelf, readings, shelf
from tests.servers.process import die_with_parent

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
CLOCK = FixedClock(NOW)
ROWS, DEVICES = 240_000, 8


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Shelf]:
    with shelf(tmp_path, CLOCK) as made:
        yield made


def say(said: Said) -> str:
    return said.key


def run(
    there: Shelf, path: Path, stop_after: int = 1 << 30, again: bool = False, hints: Hints | None = None
) -> Outcome:
    table = TableFile(path, hints or Hints(), there.records.region(), "UTC", there.store, there.records)
    assert table.understand().can_begin
    blocks = 0

    def progress(_share: float) -> bool:
        nonlocal blocks
        blocks += 1
        return blocks < stop_after

    return table.run(CLOCK, "test", "test", say, progress, again)


def long_table(path: Path, rows: int) -> Path:
    """Rows of several devices, every 1000th without a number."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    with path.open("w") as stream:
        stream.write("device,time,volume_m3\n")
        for n in range(rows):
            moment = start + timedelta(minutes=n // DEVICES)
            value = "abc" if n % 1000 == 999 else f"{n / 8:.3f}"
            stream.write(f"D{n % DEVICES},{moment:%Y-%m-%dT%H:%M:00Z},{value}\n")
    return path


def test_a_repeat_changes_nothing_and_is_quick(there: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("device,time,volume_m3\nD1,2026-01-01T00:00:00Z,1.5\nD1,2026-01-02T00:00:00Z,2.5\n")
    assert run(there, path) == Outcome(read=2, written=2)
    assert run(there, path) == Outcome(read=2, same=2, repeated=True)
    assert run(there, path, again=True) == Outcome(read=2, same=2)
    copy = tmp_path / "b.csv"
    copy.write_bytes(path.read_bytes())
    assert run(there, copy).repeated
    path.write_text(path.read_text() + "D1,2026-01-02T00:00:00Z,2.75\n")
    assert run(there, path) == Outcome(read=3, same=2, revised=1)


def test_an_import_that_was_stopped_goes_on(there: Shelf, tmp_path: Path) -> None:
    path = long_table(tmp_path / "long.csv", 45_000)
    with pytest.raises(Stopped):
        run(there, path, stop_after=1)
    written = there.store.readings_total()
    assert 0 < written < 45_000
    outcome = run(there, path)
    assert (outcome.read, outcome.written, outcome.same, outcome.bad) == (44_955, 44_955, 0, 45)
    assert there.store.readings_total() == 44_955
    assert outcome.bad_file is not None
    assert len(outcome.bad_file.read_text(encoding="utf-8-sig").splitlines()) == 46
    repeated = run(there, path)
    assert (repeated.read, repeated.written, repeated.same, repeated.bad) == (44_955, 0, 44_955, 45)


def test_a_mark_is_not_believed_by_another_store(there: Shelf, tmp_path: Path) -> None:
    path = long_table(tmp_path / "a.csv", 900)
    assert run(there, path).written == 900
    other = SqliteStore(tmp_path / "other.db", there.records.engine, "import", CLOCK)
    assert run(Shelf(other, there.records), path) == Outcome(read=900, written=900)
    assert run(Shelf(other, there.records), path).repeated
    other.close()


def test_the_feed_gets_ranges_not_rows(there: Shelf, tmp_path: Path) -> None:
    run(there, long_table(tmp_path / "long.csv", 45_000))
    ranges = there.store.changes("").ranges
    assert {item.device for item in ranges} == {f"D{n}" for n in range(DEVICES)}
    assert len(ranges) <= 3 * DEVICES


def test_devices_that_nobody_knows_show_under_new_devices(there: Shelf, tmp_path: Path) -> None:
    run(there, long_table(tmp_path / "long.csv", 100))
    seen = {item.device: item for item in there.records.seen_devices()}
    assert set(seen) == {f"D{n}" for n in range(DEVICES)}
    assert (seen["D0"].dialect, seen["D0"].quantities) == ("import", ("volume_m3",))


def test_bad_rows_that_were_mended_go_in(there: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Vodoměr;Čas;Stav [m3]\nD1;1.1.2026 8:00;1,5\nD1;včera;2,5\n", encoding="cp1250")
    outcome = run(there, path)
    assert outcome.bad_file is not None
    text = outcome.bad_file.read_text(encoding="utf-8-sig")
    outcome.bad_file.write_text(text.replace(";D1;včera;", ";D1;2.1.2026 8:00;"), encoding="utf-8-sig")
    assert run(there, outcome.bad_file) == Outcome(read=1, written=1)
    assert [r.value for r in there.store.readings("D1", None, *EVER)] == [1.5, 2.5]


def marks(folder: Path) -> int:
    """Blocks that an import has marked as written."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(folder / "records.db")) as connection:
        found = connection.execute("SELECT cursor FROM cursors WHERE name LIKE 'import %'").fetchall()
        return sum(int(text.split('"blocks": ')[1].split(",")[0]) for (text,) in found)
    return 0


def test_kill9_and_repeat_double_nothing(tmp_path: Path) -> None:
    """The process dies between or within blocks; the next one brings every identity once."""
    path, folder = long_table(tmp_path / "long.csv", ROWS), tmp_path / "data"
    command = [sys.executable, "-m", "smartvoda", "import", str(path), "--data-dir", str(folder), "--yes"]
    with (tmp_path / "log").open("ab") as log:
        running = subprocess.Popen(
            command, env=environment(), stdout=log, stderr=log, preexec_fn=die_with_parent(signal.SIGKILL)
        )
        deadline = time.monotonic() + 60
        while marks(folder) < 2 and running.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        running.kill()
        assert running.wait() == -signal.SIGKILL, (tmp_path / "log").read_text()
        before = marks(folder)
        assert before < ROWS // 20_000
        done = subprocess.run(command, env=environment(), capture_output=True, timeout=120, check=True)
    good = ROWS - ROWS // 1000
    assert f"{good:,} read" in done.stdout.decode()
    assert f"{ROWS // 1000:,} bad" in done.stdout.decode()
    with contextlib.closing(sqlite3.connect(folder / "readings.db")) as connection:
        moved = connection.execute("SELECT count(*), count(DISTINCT series || ':' || time_ms) FROM reading").fetchone()
    assert moved == (good, good)


NAMES = st.text("aA0 -_/#ěščřž\"';,.\n\t", min_size=1, max_size=8).map(lambda text: f"D{text.strip()}1")


@st.composite
def stored_readings(draw: st.DrawFn) -> list[Reading]:
    """Readings of several devices and quantities that ingest could have stored."""
    made: dict[tuple[str, str, datetime], Reading] = {}
    for _ in range(draw(st.integers(1, 12))):
        quantity = draw(st.sampled_from(sorted(QUANTITIES)))
        limits = QUANTITIES[quantity]
        value = draw(st.floats(max(limits.minimum, -900.0), min(limits.maximum, 1e6), allow_nan=False))
        moment = EPOCH + timedelta(milliseconds=draw(st.integers(946_684_800_000, 1_795_000_000_000)))
        quality = draw(st.sampled_from([Quality.GOOD, Quality.ESTIMATED, Quality.SUSPECT]))
        source = draw(st.sampled_from(["import", "wmbusmeters", "Jana Nováková"]))
        device = " ".join(draw(NAMES).split())
        reading = Reading(device, quantity, value + 0.0, moment, "payload", quality, (), source)
        made.setdefault((reading.device, quantity, moment), reading)
    return list(made.values())


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shelf, Shelf]]:
    """Where readings come from, and where they go."""
    first, second = (tmp_path_factory.mktemp(name) for name in ("first", "second"))
    with shelf(first, CLOCK) as source, shelf(second, CLOCK) as target:
        yield source, target


EXAMPLES = itertools.count()


@settings(max_examples=25)
@given(stored_readings(), st.sampled_from([".csv", ".xlsx", ".parquet"]))
@example([Reading("D1", "rain_mm", 1e-05, NOW), Reading("D1", "pump_on", 1.0, NOW)], ".csv")
@example([Reading("D1", "rain_mm", 1000.349609375, NOW), Reading("D1", "volume_m3", 1e-7, NOW)], ".xlsx")
def test_export_and_import_give_the_same_readings(two: tuple[Shelf, Shelf], given_: list[Reading], suffix: str) -> None:
    # Stores are kept for all examples: each has devices of its own.
    mine = f"E{next(EXAMPLES)}"
    source, target = two
    source.store.write([reading._replace(device=f"{mine} {reading.device}") for reading in given_])
    kept = [reading for reading in readings(source) if reading.device.startswith(f"{mine} ")]
    keys = sorted({(reading.device, reading.quantity) for reading in kept})
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"out{suffix}"
        assert export_readings(source.store, path, keys, *EVER, lambda share: None) == len(kept)
        outcome = run(target, path)
    assert (outcome.read, outcome.bad, outcome.left_out) == (len(kept), 0, 0)
    came = [reading for reading in readings(target) if reading.device.startswith(f"{mine} ")]
    assert [(r.device, r.quantity, r.time, r.quality, r.source) for r in came] == [
        (r.device, r.quantity, r.time, r.quality, r.source or "import") for r in kept
    ]
    # A workbook keeps sixteen digits of a number, the others all.
    near = [pytest.approx(r.value, rel=1e-14) if suffix == ".xlsx" else r.value for r in kept]
    assert [r.value for r in came] == near


def test_what_can_not_be_exported_says_why(there: Shelf, tmp_path: Path) -> None:
    with pytest.raises(VodaError, match=r"export\.suffix"):
        export_readings(there.store, tmp_path / "a.doc", [], *EVER, lambda share: None)
    with pytest.raises(VodaError, match=r"export\.unwritable"):
        export_readings(there.store, tmp_path / "nowhere" / "a.csv", [], *EVER, lambda share: None)
    assert list(tmp_path.glob("*.part")) == []
