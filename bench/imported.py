"""Published tables taken in by the product's own import, into a store of their own, and read back from it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.claims import DataMissingError
from models.calendar import day_edges, hour_edges
from models.consumption import device_increments, volumes
from models.reading import Series, from_ms
from models.registry import Device, Region
from storage.engine import open_engine
from storage.sqlite import SqliteStore

LONG_AGO, FAR_AHEAD = from_ms(0), from_ms(4_000_000_000_000)


class _Clock:
    """Time stands still: nothing here depends on it."""

    speed = 1.0

    def now(self) -> datetime:
        return from_ms(1_800_000_000_000)


def imported(file: Path, options: Sequence[str] = (), mapping: str = "") -> tuple[dict[tuple[str, str], Series], str]:
    """Series by (device, quantity) that `smartvoda import` made of a file, and the last line that it said.

    The file is copied first: an import writes what it refuses beside it.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        copy = Path(shutil.copy(file, folder / file.name))
        more = list(options)
        if mapping:
            (folder / "mapping.toml").write_text(mapping)
            more += ["--mapping", str(folder / "mapping.toml")]
        command = [sys.executable, "-m", "smartvoda", "import", "--data-dir", str(folder / "data"), "--yes", *more]
        run = subprocess.run([*command, str(copy)], capture_output=True, text=True, check=False)
        said = [line for line in (run.stdout + run.stderr).splitlines() if line.strip()]
        if run.returncode:
            raise DataMissingError(said[-1] if said else f"{file.name}: import ended with {run.returncode}")
        engine = open_engine(f"sqlite:///{folder / 'data' / 'records.db'}")
        store = SqliteStore(folder / "data" / "readings.db", engine, "bench", _Clock())
        keys = sorted(store.last())
        found = dict(zip(keys, store.series(keys, LONG_AGO, FAR_AHEAD), strict=True))
        store.close()
        engine.dispose()
        return found, said[-1].replace(str(folder) + "/", "")


def sums_of(series: Series, timezone: str) -> tuple[float, float, float]:
    """m³ read by hours, m³ by local days, days that are known."""
    region = Region("bench", ("en",), timezone, False, "EUR", devices=(Device(series.device, "flow_meter"),))
    first, last = from_ms(int(series.time_ms[0]) - 7_200_000), from_ms(int(series.time_ms[-1]))
    found = device_increments(region, series.device, {(series.device, series.quantity): series})
    hours, days = (volumes(found, edges) for edges in (hour_edges(first, last), day_edges(first, last, region.tz)))
    return float(np.nansum(hours.volume_m3)), float(np.nansum(days.volume_m3)), float(days.coverage.sum())
