"""Times as a chart shows them: local wall time without a zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd


def local_times(time_ms: npt.NDArray[np.int64], tz: ZoneInfo) -> list[str]:
    """UTC milliseconds as ISO local times to the second.

    >>> local_times(np.array([0], dtype=np.int64), ZoneInfo("Europe/Prague"))
    ['1970-01-01T01:00:00']
    """
    if len(time_ms) == 0:
        return []
    local = pd.to_datetime(time_ms, unit="ms", utc=True).tz_convert(tz).tz_localize(None)
    return list(np.datetime_as_string(local.to_numpy().astype("datetime64[s]")))


def local_time(moment: datetime, tz: ZoneInfo) -> str:
    """One moment the same way."""
    return moment.astimezone(tz).replace(tzinfo=None).isoformat(timespec="seconds")


def from_local(text: str, tz: ZoneInfo) -> datetime | None:
    """The aware moment of a local time in an address (?from=2026-11-24T08:00), None where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=tz)
