"""What of another InfluxDB is which device's which quantity: a mapping in TOML.

[[series]]
measurement = "voda"
field = "stav"
where = { provoz = "Bynov" }       # only points with these tags
device = "{meter_id}"              # tags in braces
quantity = "volume_m3"
unit = "l"

[devices]                          # names there → ours
"old-17" = "12345678"
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.tables.headings import fits, needs_unit
from models.device import canonical
from models.errors import VodaError
from models.quantity import QUANTITIES

_KEYS = ("measurement", "field", "where", "device", "quantity", "unit")


@dataclass(frozen=True, slots=True)
class InfluxSeries:
    """One field of one measurement: whose it is, what it measures, in which unit."""

    measurement: str
    field: str
    device: str
    quantity: str
    unit: str
    where: Mapping[str, str]

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags that the device's name is made of."""
        return tuple(name for _, name, _, _ in string.Formatter().parse(self.device) if name)

    def device_of(self, tags: Mapping[str, str], devices: Mapping[str, str]) -> str:
        """The canonical name of a point's device; empty where a tag that it needs is missing."""
        if any(not tags.get(name) for name in self.tags):
            return ""
        name = self.device.format_map(dict(tags))
        return canonical(devices.get(name, name))


@dataclass(frozen=True, slots=True)
class InfluxMapping:
    """All series to be taken, and names there → ours."""

    series: tuple[InfluxSeries, ...]
    devices: Mapping[str, str]


def influx_mapping(content: Mapping[str, Any], path: Path) -> InfluxMapping:
    """A mapping file's content. Raises VodaError (import.mapping) that names what is wrong."""
    unknown = set(content) - {"series", "devices"}
    if unknown:
        raise _wrong(path, f"{sorted(unknown)[0]!r} is not known; an InfluxDB is mapped by [[series]] and [devices]")
    tables = content.get("series")
    if not isinstance(tables, list) or not tables:
        raise _wrong(path, "there is no [[series]]; see docs/import.md")
    series = tuple(_series(table, number, path) for number, table in enumerate(tables, start=1))
    devices = {str(name): str(target) for name, target in dict(content.get("devices", {})).items()}
    return InfluxMapping(series, devices)


def _series(table: Any, number: int, path: Path) -> InfluxSeries:
    where = f"[[series]] {number}"
    if not isinstance(table, dict) or set(table) - set(_KEYS):
        raise _wrong(path, f"{where}: keys are {', '.join(_KEYS)}")
    texts = {key: str(table.get(key, "")) for key in _KEYS if key != "where"}
    for key in ("measurement", "field", "device", "quantity"):
        if not texts[key]:
            raise _wrong(path, f"{where}: {key} is missing")
    if texts["quantity"] not in QUANTITIES:
        raise _wrong(path, f"{where}: {texts['quantity']!r} is no quantity; they are {', '.join(QUANTITIES)}")
    if needs_unit(texts["quantity"]) and not fits(texts["quantity"], texts["unit"]):
        raise _wrong(path, f"{where}: {texts['unit']!r} is no unit of {texts['quantity']}")
    if not re.fullmatch(r"([^{}]|\{[^{}!:]+\})+", texts["device"]):
        raise _wrong(path, f"{where}: device {texts['device']!r} names tags in braces, as in {{meter_id}}")
    tags = table.get("where", {})
    if not isinstance(tags, dict):
        raise _wrong(path, f'{where}: where is a table of tags: where = {{ place = "Bynov" }}')
    return InfluxSeries(**texts, where={str(name): str(value) for name, value in tags.items()})


def _wrong(path: Path, what: str) -> VodaError:
    return VodaError("import.mapping", f"{path.name}: {what}")
