"""Inflow of ten districts (Battle of Water Demand Forecasting), taken in by the product's own import and summed.

What columns are is read from the folder's own `site.toml`; the sums are compared with the table read by pandas and
added up without the models.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from bench.claims import Claim
from bench.imported import imported, sums_of

NEAR_M3 = 1e-6
DISTRICTS = "inflow_2021-01_2022-07.csv.gz"


def report(folder: Path) -> Iterator[str | Claim]:
    """A line a district: what flowed in, by the import, the hours and the local days, beside the table itself."""
    site = tomllib.loads((folder / "site.toml").read_text())
    lines = []
    for name, column in site["columns"].items():
        if column["kind"] == "flow":
            device = name.rpartition("_")[0]
            lines.append(f'[columns."{name}"]\nquantity = "flow_m3h"\nunit = "{column["unit"]}"\ndevice = "{device}"\n')
    found, said = imported(folder / DISTRICTS, (), "".join(lines))
    table = pd.read_csv(folder / DISTRICTS)
    times = pd.to_datetime(table["time"], utc=True)
    yield said
    yield "district      readings   table m³    hours m³     days m³   days known"
    right = 0
    for (device, _), series in sorted(found.items()):
        due = _integrated(times, table[f"{device}_lps"])
        hours, days, known = sums_of(series, site["timezone"])
        agrees = max(abs(hours - due), abs(days - due)) < NEAR_M3 * max(due, 1.0)
        right += agrees
        yield (
            f"{device:12} {series.time_ms.size:9} {due:11.1f} {hours:11.1f} {days:11.1f}  {known:8.1f}  "
            f"{'agrees' if agrees else 'DIFFERS'}"
        )
    yield Claim("ten districts are imported by what their folder says of them", len(found) == 10, f"{len(found)}")
    yield Claim("hours and local days of each sum to what the table says", right == len(found), f"{right}")


def _integrated(times: pd.Series, flow_lps: pd.Series) -> float:
    """m³ of mean flows, each over the hour before it, over two where the one before is missing."""
    known = flow_lps.notna()
    hours = times[known].diff().dt.total_seconds().to_numpy() / 3600
    hours[0] = hours[1]
    return float((flow_lps[known].to_numpy() * 3.6 * np.minimum(hours, 2.0)).sum())
