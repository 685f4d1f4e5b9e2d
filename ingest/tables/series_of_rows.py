"""Whose a row's value is: the device that its name means, or that hung at the point that it names."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ingest.tables.plan import Plan, ValueColumn
from ingest.tables.registry_names import Names, as_name
from ingest.tables.survey import column

SOURCE = "import"
Ints = npt.NDArray[np.int64]


class RowTimes(NamedTuple):
    """Times of rows [ms], and how much of a day each stands for: all of it where its date has no time."""

    time_ms: Ints
    day_ms: Ints


class BadCell(Protocol):
    """How a cell is said to be bad."""

    def __call__(self, place: int, key: str, **values: str | int | float) -> None:
        """Say it of the cell at a place."""


class SeriesOfRows:
    """Numbers of series: (device, quantity, source), each once for a table."""

    def __init__(self, plan: Plan, names: Names) -> None:
        self._plan = plan
        self._names = names
        self._keys: dict[tuple[str, str, str], int] = {}
        self._devices: dict[str, tuple[str, str]] = {}

    @property
    def keys(self) -> dict[int, tuple[str, str, str]]:
        """Device, quantity and source of each number."""
        return {number: key for key, number in self._keys.items()}

    def numbers(
        self,
        value: ValueColumn,
        quantity: str,
        rows: list[list[Any]],
        times: RowTimes,
        mask: npt.NDArray[np.bool_],
        sources: list[str] | None,
        bad: BadCell,
    ) -> Ints:
        """The number of each row's series, -1 where the mask leaves it out or nobody is named; `bad` is told why."""
        series = np.full(len(rows), -1, dtype=np.int64)
        device_place, point_place = self._plan.places.get("device"), self._plan.places.get("point")
        fixed = value.device or value.point
        by_row = device_place if device_place is not None else point_place
        names = None if fixed or by_row is None else [as_name(cell) for cell in column(rows, by_row)]
        if names is not None and device_place is not None and point_place is not None:
            points = [as_name(cell) for cell in column(rows, point_place)]
            names = [name or f"\0{point}" for name, point in zip(names, points, strict=True)]
        if sources is None and (quick := self._by_device(value, names, quantity, mask)) is not None:
            return quick
        for place in np.flatnonzero(mask).tolist():
            name = fixed if names is None else names[place]
            is_point = bool(value.point) if names is None else (device_place is None or name[:1] == "\0")
            first = int(times.time_ms[place])
            span = first, first + max(1, int(times.day_ms[place]))
            device, reason = self._device(name.lstrip("\0"), is_point, quantity, span)
            if not device:
                bad(place, reason, name=name.lstrip("\0"))
                continue
            key = (device, quantity, sources[place] if sources else SOURCE)
            series[place] = self._keys.setdefault(key, len(self._keys))
        return series

    def _by_device(
        self, value: ValueColumn, names: list[str] | None, quantity: str, mask: npt.NDArray[np.bool_]
    ) -> Ints | None:
        """The series where every row names a device, each resolved once; None where one names a point or nobody."""
        if "point" in self._plan.places or value.point:
            return None
        numbers: dict[str, int] = {}
        for name in {value.device} if names is None else set(names):
            kind, device = self._resolved(name, False)
            if kind != "device":
                return None
            key = (device, quantity, SOURCE)
            numbers[name] = self._keys.setdefault(key, len(self._keys))
        if names is None:
            return np.where(mask, numbers[value.device], -1)
        return np.where(mask, np.array([numbers[name] for name in names], dtype=np.int64), -1)

    def _device(self, name: str, is_point: bool, quantity: str, span_ms: tuple[int, int]) -> tuple[str, str]:
        """The device of a name in a span of time, or an empty word and the reason's key."""
        kind, target = self._resolved(name, is_point)
        if kind == "device":
            return target, ""
        if kind != "point":
            return "", kind
        first, last = span_ms
        hung = [item for item in self._names.spans(target, quantity) if item.start_ms < last and item.end_ms > first]
        there = {item.device for item in hung}
        if len(there) == 1 and hung[0].start_ms <= first:
            return hung[0].device, ""
        if not there:
            return "", "nobody_there"
        return "", "swapped_that_day" if last - first > 1 else "several_there"

    def _resolved(self, name: str, is_point: bool) -> tuple[str, str]:
        """What a name in the table is: (device or point, whose name) or the reason's key."""
        key = f"{is_point}{name}"
        if key not in self._devices:
            self._devices[key] = self._resolve(name, is_point)
        return self._devices[key]

    def _resolve(self, name: str, is_point: bool) -> tuple[str, str]:
        if not name:
            return "no_name", ""
        device, point = self._names.device(name), self._names.point(name)
        if is_point:
            return ("point", point) if point else ("device", device) if device else ("unknown_point", "")
        if device or not point:
            return "device", device or self._names.new_device(name)
        return "point", point
