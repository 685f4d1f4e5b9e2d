"""A list of devices as rows of devices.csv and assignments.csv."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest.tables import headings, number_cells, time_cells
from ingest.tables.plan import Plan
from ingest.tables.readings import Bad
from ingest.tables.registry_names import Names, as_name
from ingest.tables.registry_rows import Edit, cells_of
from models.reading import EPOCH
from models.registry import Assignment, Device, Region
from models.tables import Said
from models.units import find_unit

_KINDS = {
    "water_meter": "vodomer|water meter|wasserzahler|wasserzaehler|meter|domovni vodomer|bytovy vodomer",
    "flow_meter": "prutokomer|flow meter|durchflussmesser|indukcni prutokomer|magnetic flow meter",
    "pressure_sensor": "tlakomer|tlakove cidlo|snimac tlaku|tlakovy snimac|pressure sensor|drucksensor|logger tlaku",
    "tank_station": "vodojem|stanice vodojemu|tank station|behalter",
    "dam_station": "stanice nadrze|prehrada|dam station|talsperre",
    "weather_station": "meteostanice|srazkomer|weather station|wetterstation",
}
_KIND_OF = {" ".join(word.split()): kind for kind, words in _KINDS.items() for word in words.split("|")}
_INTEGERS = ("dn_mm", "register_digits")
_NUMBERS = ("q3_m3h", "ratio_r", "litres_per_pulse", "multiplier", "mounting_height_m")
_INDEXES = ("first_index_m3", "final_index_m3")
_PREFIX = re.compile(r"^(?:dn|r|q3)\s*", re.IGNORECASE)


class _BadCellError(Exception):
    def __init__(self, name: str, cell: Any, reason: Said) -> None:
        self.name, self.cell, self.reason = name, cell, reason
        super().__init__(name)


class DeviceRows:
    """Reads rows of a list of devices as a plan says."""

    def __init__(self, plan: Plan, names: Names, region: Region, headings_of: Sequence[str]) -> None:
        self._plan = plan
        self._names = names
        self._region = region
        self._headings = headings_of
        self._places = {str(role): place for role, place in plan.places.items()} | dict(plan.attributes)
        word = headings.normal(headings_of[plan.places["device"]]) if "device" in plan.places else ""
        is_meter = any(part in word for part in ("vodomer", "zahler", "zaehler", "meter"))
        self._kind = "water_meter" if is_meter or "q3_m3h" in plan.attributes else ""

    def edits(self, rows: Sequence[tuple[int, Sequence[Any]]]) -> tuple[list[Edit], list[Bad]]:
        """Rows of devices.csv and assignments.csv, and lines that give none."""
        edits: list[Edit] = []
        bad: list[Bad] = []
        for line, row in rows:
            try:
                device = self._device(row)
                assignment = self._assignment(row, device.device)
            except _BadCellError as error:
                place = self._places.get(error.name)
                heading = "" if place is None else self._headings[place]
                bad.append(Bad(line, heading, as_name(error.cell), error.reason))
                continue
            edits.append(Edit(line, device))
            if assignment is not None:
                edits.append(Edit(line, assignment))
        return edits, bad

    def _device(self, row: Sequence[Any]) -> Device:
        name = as_name(cells_of(self._places, row, "device"))
        if not name:
            raise _BadCellError("device", "", Said("no_name"))
        known = self._names.device(name)
        before = next(reversed(self._region.rows_of_device.get(known, ())), None)
        kind_cell = as_name(cells_of(self._places, row, "kind"))
        kind = self._kind_of(kind_cell) or (before.kind if before else self._kind)
        if not kind:
            raise _BadCellError("kind", kind_cell, Said("no_kind_in_row"))
        device = before or Device(known or self._names.new_device(name), kind)
        said: dict[str, Any] = {"kind": kind}
        if text := as_name(cells_of(self._places, row, "type")):
            said["type"] = text
        for attribute in (*_INTEGERS, *_NUMBERS):
            value = self._number(row, attribute)
            if value is not None:
                said[attribute] = int(value) if attribute in _INTEGERS else value
        if register := as_name(cells_of(self._places, row, "register_kind")):
            if register not in ("forward", "net"):
                raise self._wrong("register_kind", register)
            said["register_kind"] = register
        if (until := self._time(row, "verified_until")) is not None:
            said["verified_until"] = until
        return replace(device, **said)

    def _kind_of(self, word: str) -> str:
        if not word:
            return ""
        kind = word if word in _KINDS else _KIND_OF.get(headings.normal(word), "")
        if not kind:
            raise self._wrong("kind", word)
        return kind

    def _assignment(self, row: Sequence[Any], device: str) -> Assignment | None:
        name = as_name(cells_of(self._places, row, "point"))
        if not name:
            return None
        point = self._names.point(name)
        if not point:
            raise _BadCellError("point", name, Said("unknown_point", {"name": name}))
        there = [item for item in self._region.assignments_of_device.get(device, ()) if item.point == point]
        start = self._time(row, "from")
        if start is None:
            if there:
                return there[-1]
            raise _BadCellError("from", "", Said("no_start_in_row"))
        before = next((item for item in there if item.start == start), Assignment(device, point, start))
        said: dict[str, Any] = {
            attribute: value for attribute in _INDEXES if (value := self._number(row, attribute)) is not None
        }
        if (end := self._time(row, "to")) is not None:
            said["end"] = end
        return replace(before, **said)

    def _number(self, row: Sequence[Any], attribute: str) -> float | None:
        cell = cells_of(self._places, row, attribute)
        if number_cells.says_nothing(cell):
            return None
        place = self._places[attribute]
        bare = _PREFIX.sub("", cell.strip()) if isinstance(cell, str) else cell
        found = number_cells.number(bare, self._plan.decimals.get(place, "."))
        if found is None or (attribute in _INTEGERS and not found[0].is_integer()):
            raise self._wrong(attribute, cell)
        unit = find_unit(found[1] or self._plan.units_of_places.get(place, ""))
        if unit is None:
            return found[0]
        wanted = {"dn_mm": "mm", "q3_m3h": "m3/h", "mounting_height_m": "m"}.get(attribute, "m3")
        ours = find_unit(wanted)
        if ours is None or unit.dimension != ours.dimension:
            raise self._wrong(attribute, cell)
        return float(f"{unit.stored(found[0]) / ours.factor:.12g}")

    def _time(self, row: Sequence[Any], role: str) -> datetime | None:
        """A date as local midnight, as all the registry's dates are."""
        cell = cells_of(self._places, row, role)
        if number_cells.says_nothing(cell):
            return None
        stamps = time_cells.column([cell], self._plan.order)
        if stamps.wrong:
            raise _BadCellError(role, cell, Said("no_date_in_row"))
        local = EPOCH.replace(tzinfo=None) + timedelta(milliseconds=int(stamps.local_ms[0]))
        if stamps.offset_min[0] != time_cells.NO_ZONE:
            return (local - timedelta(minutes=int(stamps.offset_min[0]))).replace(tzinfo=UTC)
        return local.replace(tzinfo=self._region.tz).astimezone(UTC)

    def _wrong(self, name: str, cell: Any) -> _BadCellError:
        return _BadCellError(name, cell, Said("bad_attribute", {"name": name, "value": as_name(cell)}))
