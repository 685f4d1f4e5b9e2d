"""Names in tables against the registry: devices, points, zones and towns, however people write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import NamedTuple, TypeVar

from ingest.tables.headings import normal
from models.device import canonical
from models.reading import to_ms
from models.registry import Assignment, Region

_Item = TypeVar("_Item")
_IDENTIFIER = re.compile(r"(?=(?:.*\d){3})[\w][\w\-./:# ]{2,39}$")
_YEAR = re.compile(r"(?:19|20)\d\d$")
_FOREVER_MS = 1 << 60


class Span(NamedTuple):
    """A device hangs somewhere in [start, end) [ms since 1970]."""

    start_ms: int
    end_ms: int
    device: str


class Names:
    """Lookups of one registry; an empty one knows nobody.

    said : names in the table → ours, as a person gave them
    """

    def __init__(self, region: Region | None, said: Mapping[str, str] | None = None) -> None:
        self._region = region
        self._said = {normal(name): target for name, target in (said or {}).items()}

    def device(self, name: str) -> str:
        """The registered device of a name, or an empty word.

        What a person said that a name stands for counts whether it is registered yet or not. A number that a workbook
        stripped of its leading zeros finds the one device that it can be.
        """
        said = self._said.get(normal(name), "")
        exact = canonical(said or name)
        if said and not self.point(said):
            return exact
        if self._region is None or not exact:
            return ""
        if exact in self._region.device:
            return exact
        return self._devices.get(normal(exact), "") or self._without_zeros.get(exact.lstrip("0"), "")

    def point(self, name: str) -> str:
        """The registered metering point of a name, or an empty word."""
        name = self._said.get(normal(name), name).strip()
        if self._region is None or not name:
            return ""
        return name if name in self._region.point else self._points.get(normal(name), "")

    def zone(self, name: str) -> str:
        """The registered zone of an identifier or name, or an empty word."""
        return self._zones.get(normal(self._said.get(normal(name), name)), "")

    def municipality(self, name: str) -> str:
        """The registered town of a code or name, or an empty word."""
        return self._towns.get(normal(self._said.get(normal(name), name)), "")

    def new_device(self, name: str) -> str:
        """The canonical name of a device that the registry does not know."""
        return canonical(self.said(name))

    def said(self, name: str) -> str:
        """What a person said that a name stands for, or the name."""
        return self._said.get(normal(name), name)

    @cached_property
    def _devices(self) -> dict[str, str]:
        return _unique((normal(item.device), item.device) for item in self._of(lambda r: r.devices))

    @cached_property
    def _without_zeros(self) -> dict[str, str]:
        items = (item.device for item in self._of(lambda r: r.devices))
        return _unique((name.lstrip("0"), name) for name in items if name.isdigit() and name.startswith("0"))

    @cached_property
    def _points(self) -> dict[str, str]:
        return _unique((normal(item.point), item.point) for item in self._of(lambda r: r.points))

    @cached_property
    def _zones(self) -> dict[str, str]:
        zones = list(self._of(lambda r: r.zones))
        names = _unique((normal(item.name), item.zone) for item in zones)
        return names | {normal(item.zone): item.zone for item in zones}

    @cached_property
    def _towns(self) -> dict[str, str]:
        towns = list(self._of(lambda r: r.municipalities))
        names = _unique((normal(item.name), item.code) for item in towns)
        return names | {normal(item.code): item.code for item in towns}

    def _of(self, part: Callable[[Region], Iterable[_Item]]) -> Iterable[_Item]:
        return () if self._region is None else part(self._region)

    def spans(self, point: str, quantity: str) -> list[Span]:
        """Who hung at a point and measures a quantity, in order of time; several at once where that is not clear."""
        if self._region is None:
            return []
        wanted = KINDS_OF.get(quantity, ())
        items = self._region.assignments_of_point.get(point, ())
        kinds = {item.device: self._kind(item) for item in items}
        if any(kind in wanted for kind in kinds.values()):
            items = tuple(item for item in items if kinds[item.device] in wanted)
        return [
            Span(to_ms(item.start), _FOREVER_MS if item.end is None else to_ms(item.end), item.device) for item in items
        ]

    def _kind(self, item: Assignment) -> str:
        device = self._region.device.get(item.device) if self._region else None
        return device.kind if device else ""


KINDS_OF: dict[str, tuple[str, ...]] = {
    "volume_m3": ("water_meter", "flow_meter"),
    "reverse_volume_m3": ("water_meter", "flow_meter"),
    "interval_volume_m3": ("water_meter", "flow_meter"),
    "pulses": ("water_meter", "flow_meter"),
    "flow_m3h": ("flow_meter", "water_meter"),
    "pressure_m": ("pressure_sensor",),
    "level_m": ("tank_station", "dam_station"),
    "stage_m": ("dam_station", "tank_station"),
    "inflow_m3h": ("tank_station", "dam_station"),
    "outflow_m3h": ("tank_station", "dam_station"),
    "storage_m3": ("dam_station", "tank_station"),
    "rain_mm": ("weather_station",),
    "evaporation_mm": ("weather_station",),
    "ambient_temperature_c": ("weather_station",),
}
"""Kinds of devices that measure a quantity, where several devices hang at one point."""


def looks_like_identifier(text: str) -> bool:
    """Whether text that no registry knows can be a device's number; a word or a year is none.

    >>> [looks_like_identifier(text) for text in ("12345678", "VDM-0012", "Celkem", "2026", "OM 17")]
    [True, True, False, False, False]
    """
    trimmed = text.strip()
    return bool(_IDENTIFIER.match(trimmed)) and not _YEAR.match(trimmed)


def as_name(cell: object) -> str:
    """A cell as a name: a number that a workbook made of it without its decimals.

    >>> as_name(12345678.0), as_name(" OM-1 "), as_name(None), as_name('="00012"')
    ('12345678', 'OM-1', '', '00012')
    """
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    text = str(cell).strip()
    # Spreadsheets write a number as a formula so that it keeps its zeros.
    return text[2:-1] if text.startswith('="') and text.endswith('"') else text


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Only names that one thing has."""
    found: dict[str, str] = {}
    twice = set()
    for name, target in pairs:
        if found.setdefault(name, target) != target:
            twice.add(name)
    return {name: target for name, target in found.items() if name and name not in twice}
