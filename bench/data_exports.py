"""Dirty exports, as portals and apps write them, taken in by the product's own import; each sums to its own rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.claims import Claim
from bench.imported import imported, sums_of

NEAR_M3 = 1e-6
WATER, QUARTERS = "energycontrol_water.csv", "edc_cz_quarter_hours.csv"


def report(folder: Path) -> Iterator[str | Claim]:
    """An app's export with words around its table, and quarter hours of a Czech portal; each sums to its own rows."""
    found, said = imported(folder / WATER, ("--timezone", "Europe/Berlin", "--device", "water"))
    yield said
    [series] = found.values()
    _, days, _ = sums_of(series, "Europe/Berlin")
    yield f"{WATER}: {series.time_ms.size} readings, {days:.3f} m³ from {series.value[0]:.3f} to {series.value[-1]:.3f}"
    yield Claim("a register's days sum to its last reading less its first", abs(days - np.ptp(series.value)) < NEAR_M3)
    options = ("--timezone", "Europe/Prague", "--stamp", "start", "--step", "15min")
    found, said = imported(folder / QUARTERS, (*options, "--quantity", "interval_volume_m3", "--unit", "m3"))
    yield said
    [series] = found.values()
    hours, days, _ = sums_of(series, "Europe/Prague")
    rows = (folder / QUARTERS).read_text(encoding="utf-8-sig").splitlines()[1:]
    due = sum(float(row.split(";")[3].replace(",", ".")) for row in rows if row.strip())
    yield f"{QUARTERS}: {series.time_ms.size} intervals, {due:.3f} in the table, {hours:.3f} hours, {days:.3f} days"
    yield Claim("quarter hours sum to what the table says", max(abs(hours - due), abs(days - due)) < NEAR_M3)
