"""A table of sensors over time: first column `time`, the rest one sensor each; checked before anything is computed."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from models.errors import VodaError

FIRST_ROW = 2
"""Row of a file that holds the first row of the table: its first line are the names."""

_OFFSET = r"(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})$"


class SensorTable(NamedTuple):
    """A table whose times ascend, each once.

    values : float64, index aware UTC, one column a sensor, NaN where nothing was measured
    step : the commonest distance of its rows
    offset_min : what each row's clock was ahead of UTC, as the file writes it
    """

    values: pd.DataFrame
    step: timedelta
    offset_min: pd.Series


def sensor_table(raw: pd.DataFrame, where: str) -> SensorTable:
    """A table of texts as a table of numbers over time.

    raw : every cell as text, missing ones NaN or empty; where : the file's name, for errors
    Raises VodaError (table.…) naming row and column: no rows, a time that is none, times that do not ascend or stand
    twice, a text among numbers, a column twice or without any value.
    """
    if raw.shape[1] < 2 or raw.empty:
        raise VodaError(
            "table.empty", f"{where}: there is no row of data; the first column is the time, the others sensors"
        )
    names = [str(name).strip() for name in raw.columns[1:]]
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled is not None:
        raise VodaError(
            "table.column_twice", f"{where}: column {doubled} stands twice; give each sensor a name of its own"
        )
    times, offset_min = _times(raw.iloc[:, 0], where)
    columns = {name: _numbers(raw.iloc[:, place], name, where) for place, name in enumerate(names, 1)}
    values = pd.DataFrame(columns, index=times)
    empty = next((name for name in names if values[name].isna().all()), None)
    if empty is not None:
        raise VodaError("table.column_empty", f"{where}: column {empty} has no value at all; take it out")
    return SensorTable(values, _step(times), offset_min)


def _times(cells: pd.Series, where: str) -> tuple[pd.DatetimeIndex, pd.Series]:
    """Instants in UTC, and how far each one's clock was ahead [min]."""
    texts = cells.astype("str").str.strip()
    found = pd.to_datetime(texts, utc=True, format="ISO8601", errors="coerce")
    bad = np.flatnonzero(found.isna().to_numpy())
    if bad.size:
        row = int(bad[0])
        raise VodaError(
            "table.time",
            f"{where}, row {row + FIRST_ROW}: {texts.iloc[row]!r} is no time; write 2026-11-24T08:00:00+01:00",
        )
    index = pd.DatetimeIndex(found)
    late = np.flatnonzero(np.diff(index.asi8) <= 0)
    if late.size:
        row = int(late[0]) + 1
        said = "stands twice" if index[row] == index[row - 1] else "comes after a later one"
        raise VodaError(
            "table.order",
            f"{where}, row {row + FIRST_ROW}: {texts.iloc[row]} {said}; sort the rows, keep one of each time",
        )
    zone = texts.str.extract(_OFFSET)
    minutes = 60 * zone["hours"].astype("float64") + zone["minutes"].astype("float64")
    offset_min = minutes.mul(np.where(zone["sign"] == "-", -1, 1)).fillna(0.0)
    return index, offset_min.set_axis(index)


def _numbers(cells: pd.Series, name: str, where: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    texts = cells.astype("str").str.strip()
    empty = cells.isna() | texts.str.lower().isin(("", "nan", "null", "na"))
    found = pd.to_numeric(texts.where(~empty), errors="coerce")
    bad = np.flatnonzero((found.isna() & ~empty).to_numpy() | np.isinf(found.to_numpy()))
    if bad.size:
        row = int(bad[0])
        raise VodaError(
            "table.number",
            f"{where}, row {row + FIRST_ROW}, column {name}: {texts.iloc[row]!r} is no number; "
            "write 12.5, or nothing where nothing was measured",
        )
    return found.to_numpy(np.float64)


def _step(times: pd.DatetimeIndex) -> timedelta:
    """The commonest distance of rows; zero for a single row."""
    gaps = pd.Series(times[1:] - times[:-1])
    return timedelta() if gaps.empty else gaps.mode().iloc[0].to_pytimedelta()


def on_steps(table: SensorTable, step: timedelta, where: str) -> pd.DataFrame:
    """The values on every step from the first row to the last, NaN in rows that are missing.

    Raises VodaError table.step where a row does not stand on a step.
    """
    index = table.values.index
    off = np.flatnonzero((index - index[0]) % step != pd.Timedelta(0))
    if off.size:
        row = int(off[0])
        raise VodaError(
            "table.step",
            f"{where}, row {row + FIRST_ROW}: {index[row].isoformat()} does not stand on a step of "
            f"{step / timedelta(minutes=1):g} min from the first row on",
        )
    return table.values.reindex(pd.date_range(index[0], index[-1], freq=step))
