"""Nights of L-Town (BattLeDIM 2020): the steps that are marked, against the leaks that were repaired that year.

The network's table was regenerated from the competition's model and list of leaks; see the folder's own description.
Night flow here is the lowest rolling hour of what flows in, less what a pump lifts out to a tank, between 01:00 and
05:00 of the table's clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from bench.claims import Claim
from models.night_flow import night_flows
from models.night_trend import course
from models.reading import Series

TZ = ZoneInfo("UTC")
"""The model's own clock: its demand is lowest in these hours."""
NEAR = timedelta(days=2)
"""A step is marked at the first night of the new level: the night after, or that same night."""


def report(folder: Path) -> Iterator[str | Claim]:
    """Each marked step with the nearest beginning or repair of a known leak."""
    found = course(*_nights(folder))
    assert found is not None
    moments = _moments(folder)
    yield f"{found.day.size} nights, season taken off: {found.season}; {len(moments) // 2} leaks of the list"
    near = 0
    for step in found.steps:
        night = datetime.combine(date.fromordinal(step.day), datetime.min.time(), TZ) + timedelta(hours=3)
        moment, what = min(moments, key=lambda item: abs(item[0] - night))
        told = timedelta(0) <= night - moment <= NEAR or abs(night - moment) <= timedelta(days=1)
        near += told
        days = (night - moment) / timedelta(days=1)
        interval = f"{step.lower_m3h:+.1f} to {step.upper_m3h:+.1f}"
        yield f"{date.fromordinal(step.day)}  {step.size_m3h:+6.1f} m³/h ({interval})  {days:+5.1f} d from {what}"
    yield Claim("at least nine steps are marked", len(found.steps) >= 9, str(len(found.steps)))
    share = near / max(len(found.steps), 1)
    yield Claim(
        "four of five steps follow a known leak's beginning or repair within two days", share >= 0.8, f"{share:.0%}"
    )


def _nights(folder: Path) -> tuple[list[int], list[float]]:
    table = pd.read_csv(folder / "scada_2018.csv.gz")
    time = pd.to_datetime(table["time"], utc=True)
    net = table["F_p227_m3h"] + table["F_p235_m3h"] - table["F_PUMP_1_m3h"]
    stamps = time.dt.tz_localize(None).to_numpy().astype("datetime64[ms]").astype(np.int64)
    series = Series("L-Town", "net_inflow_m3h", stamps, net.to_numpy(np.float64), np.ones(1, np.int8))
    first, last = time.iloc[0].date(), time.iloc[-1].date()
    days = [first + timedelta(days=k) for k in range((last - first).days + 1)]
    known = [night for night in night_flows(series, days, TZ) if night.mnf_m3h is not None]
    return [night.day.toordinal() for night in known], [night.mnf_m3h or 0.0 for night in known]


def _moments(folder: Path) -> list[tuple[datetime, str]]:
    """Beginnings and repairs; a leak that grows begins when it is first felt."""
    leaks = pd.read_csv(folder / "leaks_repaired_2018.csv")
    result = []
    for row in leaks.itertuples():
        result.append((pd.Timestamp(str(row.felt)).to_pydatetime(), f"{row.link} begins ({row.kind})"))
        result.append((pd.Timestamp(str(row.end)).to_pydatetime(), f"{row.link} repaired"))
    return result
