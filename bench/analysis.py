"""`make bench-analysis`: what analysis costs, how it grows, and that a late reading computes no more than it touches.

    python -m bench.analysis            a day of 2,000, 20,000 and 200,000 hourly meters, a town's year, a late reading
    python -m bench.analysis 2000 20000 other numbers of meters

Each size runs in a process of its own, whose peak memory is its; the readings are in the store before the clock
starts. Exit code 1 where a claim does not hold, 2 where the command is wrong.
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from analysis.service import Analysis
from bench.analysis_region import day_start, meter, region, registers
from bench.claims import Claim
from models.reading import Reading, from_ms
from models.registry import Region
from models.rollup import RollupSeries
from storage.migrate import upgrade
from storage.records import SqlRecords
from storage.sqlite.store import SqliteStore

SIZES = (2_000, 20_000, 200_000)
EXPONENT = 1.1
TOWN, TOWN_HOURS = 500, 365 * 24
LATE_METERS, LATE_DAYS, LATE_METER = 50, 10, 7
LATE_REACH_H = 4
"""Hours that one reading can touch: from the second register before it to the second after it, hourly."""

Key = tuple[str, str, str, datetime]


class StillClock:
    """Domain time as it is set."""

    speed = 1.0

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class CountingStore(SqliteStore):
    """A store that knows which rollups were written."""

    written: set[Key]

    def write_rollup_series(self, series: Iterable[RollupSeries]) -> None:
        """Write them and take note of each period."""
        several = list(series)
        for one in several:
            self.written |= {(one.level, one.subject, one.period, from_ms(int(at))) for at in one.time_ms}
        super().write_rollup_series(several)


class Desk:
    """A store and records in a folder, an analysis on them."""

    def __init__(self, folder: Path, of: Region, now: datetime) -> None:
        url = f"sqlite:///{folder / 'records.db'}"
        upgrade(url)
        self.clock = StillClock(now)
        self.records = SqlRecords(url, self.clock)
        self.records.save_region(of, "bench", "made up", now)
        self.store = CountingStore(folder / "readings.db", self.records.engine, "bench", self.clock)
        self.store.written = set()
        self.analysis = Analysis(self.store, self.records, self.clock)

    def close(self) -> None:
        self.store.close()
        self.records.close()


def main(arguments: Sequence[str]) -> int:
    """Print the table; the sizes may be given."""
    if arguments[:1] == ["--one"]:
        print(json.dumps(PARTS[arguments[1]](*map(int, arguments[2:]))))
        return 0
    if not all(argument.isdecimal() for argument in arguments):
        print("usage: make bench-analysis [ARGS='METERS…']", file=sys.stderr)
        return 2
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    claims = list[Claim]()
    for line in report([int(argument) for argument in arguments] or SIZES):
        print(line, flush=True)
        claims += [line] if isinstance(line, Claim) else []
    return int(not all(claim.held for claim in claims))


def report(sizes: Sequence[int]) -> Iterator[str | Claim]:
    """The table, and what it shows."""
    yield f"{'':<46} {'s':>8} {'MB peak':>8} {'us/reading':>11}"
    seconds = dict[int, float]()
    for size in sizes:
        found = _apart("day", size)
        seconds[size] = found["s"]
        yield _line(f"a day of {size:,} hourly meters", found)
    for small, large in pairwise(sorted(seconds)):
        exponent = math.log(seconds[large] / seconds[small]) / math.log(large / small)
        yield Claim(f"{small:,} to {large:,}: exponent at most {EXPONENT}", exponent <= EXPONENT, f"{exponent:.2f}")
    yield _line(f"a year of {TOWN} hourly meters, one town", _apart("year", TOWN))
    late = _apart("late")
    yield (
        f"one late reading: {late['rollups']:.0f} rollups of {late['subjects']:.0f} subjects written again, "
        f"of {late['before']:,.0f} that were there; {late['s']:.2f} s"
    )
    yield Claim("a late reading computes its own intervals only", late["outside"] == 0, f"{late['outside']:.0f} beyond")
    yield Claim("and all of them", late["missing"] == 0, f"{late['missing']:.0f} missing")


def _line(name: str, found: dict[str, float]) -> str:
    return f"{name:<46} {found['s']:>8.1f} {found['mb']:>8.0f} {found['s'] / found['readings'] * 1e6:>11.0f}"


def _apart(*arguments: object) -> dict[str, float]:
    """A part in a process of its own."""
    command = [sys.executable, "-m", "bench.analysis", "--one", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def computed(of: Region, start: datetime, hours: int) -> dict[str, float]:
    """Seconds and memory of computing everything that hours of readings touch."""
    with tempfile.TemporaryDirectory() as name:
        desk = Desk(Path(name), of, start + timedelta(hours=hours, minutes=5))
        written = desk.store.write_series(registers(of, start, hours))
        began = time.perf_counter()
        desk.analysis.run_once()
        seconds = time.perf_counter() - began
        desk.close()
    return {"s": seconds, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000, "readings": written.new}


def day(meters: int) -> dict[str, float]:
    return computed(region(meters), day_start(), 24)


def year(meters: int) -> dict[str, float]:
    return computed(region(meters), day_start() - timedelta(hours=TOWN_HOURS), TOWN_HOURS)


def late() -> dict[str, float]:
    """One register reading comes days after its neighbours."""
    of, hours = region(LATE_METERS), LATE_DAYS * 24
    start = day_start() - timedelta(hours=hours)
    moment = start + timedelta(hours=hours // 2 + 9)
    device = meter(LATE_METER)
    held_back = None
    with tempfile.TemporaryDirectory() as name:
        desk = Desk(Path(name), of, start + timedelta(hours=hours, minutes=5))
        for series in registers(of, start, hours):
            if series.device == device:
                keep = series.time_ms != round(moment.timestamp() * 1000)
                held_back = float(series.value[~keep][0])
                series = series._replace(time_ms=series.time_ms[keep], value=series.value[keep])
            desk.store.write_series([series])
        desk.analysis.run_once()
        before = len(desk.store.written)
        desk.store.written.clear()
        assert held_back is not None
        desk.store.write([Reading(device, "volume_m3", held_back, moment)])
        began = time.perf_counter()
        desk.analysis.run_once()
        seconds = time.perf_counter() - began
        again = set(desk.store.written)
        desk.close()
    outside, missing = misplaced(again, of, device, moment)
    subjects = {key[:2] for key in again}
    return {
        "s": seconds, "rollups": len(again), "subjects": len(subjects), "before": before,
        "outside": len(outside), "missing": len(missing),
    }  # fmt: skip


def misplaced(again: set[Key], of: Region, device: str, moment: datetime) -> tuple[set[Key], set[Key]]:
    """(rollups written though the reading doesn't touch them, rollups it touches that were not written)."""
    zone = of.point[device].zone
    whose = {
        ("device", device),
        ("point", device),
        ("zone", zone),
        ("municipality", of.zone[zone].municipality),
        ("region", of.name),
    }
    reach = timedelta(hours=LATE_REACH_H)
    local_midnight = moment.astimezone(of.tz).replace(hour=0, minute=0, second=0)

    def near(key: Key) -> bool:
        level, subject, period, at = key
        if (level, subject) not in whose:
            return False
        return at == local_midnight if period == "day" else moment - reach <= at <= moment + reach

    must = {
        (level, subject, period, at)
        for level, subject in whose
        for period, at in (
            ("hour", moment - timedelta(hours=1)),
            ("hour", moment),
            ("day", local_midnight.astimezone(moment.tzinfo)),
        )
    }
    return {key for key in again if not near(key)}, must - again


PARTS: dict[str, Callable[..., dict[str, float]]] = {"day": day, "year": year, "late": late}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
