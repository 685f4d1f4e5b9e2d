"""Forecasts of ten real districts over rolling weeks, by the indicators of the Battle of Water Demand Forecasting.

Each week is forecast by the command line from a table cut at its first hour, with the weather of the week itself given,
as the competition gave it. The naive rule repeats the last week. Peers' sums are those of the competition's weeks W2
to W4 (Alvisi et al. 2025, doi 10.1061/JWRMD5.WRENG-6887), which are not in the data: on them the naive rule's sum is
8.011, so what can be compared is the ratio to it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from bench.claims import Claim, DataMissingError

FILES = ("inflow_2021-01_2022-07.csv.gz", "weather_2021-01_2022-07.csv.gz", "site.toml", "weeks.csv")
HORIZON_H = 168
APART_WEEKS = 3
"""Between the weeks that are forecast, so that a few of them see several seasons."""
PEERS = (("first of the competition", 5.587), ("second", 5.839), ("tenth", 6.551), ("last week repeated", 8.011))
GOAL_RATIO = 5.5 / 8.011


def report(data: Path, scoring: Path, weeks: int) -> Iterator[str | Claim]:
    """A line a week, the means, the peers, and what is claimed."""
    folder, script = data / "bwdf", scoring / "score_forecast.py"
    if absent := [str(path) for path in (*(folder / name for name in FILES), script) if not path.is_file()]:
        raise DataMissingError(", ".join(absent))
    table = pd.read_csv(folder / FILES[0], dtype="str", keep_default_na=False)
    last = pd.read_csv(folder / "weeks.csv")["first"].iloc[-1]
    yield f"{'week':<12} {'PI1':>7} {'PI2':>7} {'PI3':>7} {'sum':>7} {'naive':>7} {'ratio':>6} {'cover':>6} {'s':>5}"
    rows = []
    with tempfile.TemporaryDirectory() as room:
        for back in range(weeks):
            week = _week(table, folder, script, Path(room), _start(last, APART_WEEKS * back))
            rows.append(week)
            yield _line(str(week.name), week)
    mean = pd.DataFrame(rows).mean()
    yield _line("mean", mean)
    for name, total in PEERS:
        yield f"{name:<36} {total:>7.3f} {'':>7} {total / PEERS[-1][1]:>6.3f}"
    yield Claim("sum over the naive rule's is below 5.5 / 8.011", mean["ratio"] < GOAL_RATIO, f"{mean['ratio']:.3f}")
    yield Claim("80 % intervals hold 76 to 84 %", 0.76 <= mean["cover"] <= 0.84, f"{100 * mean['cover']:.1f} %")


def _start(last: str, weeks_back: int) -> pd.Timestamp:
    """Monday's first hour some weeks before the competition's first week, by the local clock."""
    monday = pd.Timestamp(last).tz_localize(None) - pd.Timedelta(weeks=weeks_back)
    return monday.tz_localize("Europe/Rome")


def _week(table: pd.DataFrame, folder: Path, script: Path, room: Path, start: pd.Timestamp) -> pd.Series:
    times = pd.to_datetime(table.iloc[:, 0], utc=True)
    begin, end = start.tz_convert("UTC"), (start.tz_localize(None) + pd.Timedelta(weeks=1)).tz_localize(start.tz)
    past, truth, found = room / "past.csv", room / "truth.csv", room / "forecast.csv"
    table[times < begin].to_csv(past, index=False)
    table[times < end.tz_convert("UTC")].to_csv(truth, index=False)
    began = time.monotonic()
    command = ["forecast", past, "--horizon", HORIZON_H, "--weather", folder / FILES[1], "--site", folder / "site.toml"]
    with found.open("w") as out:
        subprocess.run([sys.executable, "-m", "smartvoda", *map(str, command)], stdout=out, check=True)
    seconds = time.monotonic() - began
    ours = _score(script, truth, found)
    last_week = table[(times >= begin - pd.Timedelta(weeks=1)) & (times < begin)].iloc[:HORIZON_H].copy()
    hours = pd.date_range(begin, periods=len(last_week), freq="h")
    last_week[table.columns[0]] = [moment.isoformat() for moment in hours]
    last_week.to_csv(found, index=False)
    naive = _score(script, truth, found)
    numbers = {**ours, "naive": naive["sum"], "ratio": ours["sum"] / naive["sum"], "seconds": seconds}
    return pd.Series(numbers, name=start.date().isoformat())


def _score(script: Path, truth: Path, found: Path) -> dict[str, float]:
    """What the script prints, as numbers."""
    command = [sys.executable, str(script), str(truth), str(found)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {name: float(value) for name, value in re.findall(r"(\w+)=([-\d.]+|nan)", said)}


def _line(name: str, row: pd.Series) -> str:
    numbers = " ".join(f"{row[key]:>7.3f}" for key in ("PI1", "PI2", "PI3", "sum", "naive"))
    cover = row.get("cover", np.nan)
    return f"{name:<12} {numbers} {row['ratio']:>6.3f} {cover:>6.3f} {row['seconds']:>5.0f}"
