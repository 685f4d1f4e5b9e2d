"""Mapping files: what a person says of a table, in TOML, for the next file of the same kind as well.

timezone = "+01:00"                      # the logger keeps winter time
[columns."Q1"]
quantity = "flow_m3h"
unit = "l/s"
[columns."Poznámka"]
role = "ignore"
[quantities]                             # words of a column of quantities
"Stav" = "volume_m3"
[devices]                                # names in the table → devices or points of the registry
"VDJ Bynov" = "BYNOV-1"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args

from ingest.decoders.time import time_zone
from ingest.tables.headings import is_unit
from models.errors import VodaError
from models.quantity import QUANTITIES
from models.tables import ColumnHint, Hints, Role

_CHOICES: dict[str, tuple[str, ...]] = {
    "kind": ("readings", "billing", "devices"),
    "decimal": (",", "."),
    "date_order": ("dmy", "mdy"),
    "stamp": ("start", "end"),
    "to_is": ("inclusive", "exclusive"),
    "role": (*get_args(Role), "ignore"),
}
_STEP = re.compile(r"(\d+)\s*(s|min|h|d)$")
_STEP_S = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
_TABLES = ("columns", "quantities", "devices")


def read_mapping(path: Path) -> Mapping[str, Any]:
    """A mapping file's content. Raises VodaError (import.mapping)."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise _wrong(path, f"{error.strerror}; give a file that can be read") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(path, f"{error}; write it as docs/import.md shows") from error


def hints_of(content: Mapping[str, Any], path: Path) -> Hints:
    """Hints of a mapping file. Raises VodaError (import.mapping) that names the key."""
    known = {item.name for item in fields(Hints)}
    values: dict[str, Any] = {}
    for key, value in content.items():
        if key == "step":
            values["step_s"] = step_s(str(value))
        elif key not in known or key == "step_s":
            raise _wrong(path, f"{key!r} is not known; keys are step, {', '.join(sorted(known - {'step_s'}))}")
        elif key == "columns":
            values[key] = {name: _column(name, said, path) for name, said in _table(value, key, path).items()}
        elif key in _TABLES:
            values[key] = {str(word): str(target) for word, target in _table(value, key, path).items()}
        elif key == "header_row":
            if not isinstance(value, int) or value < 1:
                raise _wrong(path, "header_row is a line's number, the first is 1")
            values[key] = value
        else:
            values[key] = str(value)
    return checked(Hints(**values), path)


def _table(value: Any, key: str, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(path, f"{key} is a table: [{key}]")
    return value


def _column(name: str, said: Any, path: Path) -> ColumnHint:
    known = {item.name for item in fields(ColumnHint)}
    if not isinstance(said, dict) or set(said) - known:
        raise _wrong(path, f'columns."{name}" takes {", ".join(sorted(known))}')
    return ColumnHint(**{key: str(value) for key, value in said.items()})


def checked(hints: Hints, path: Path | None = None) -> Hints:
    """The hints, if what they name exists. Raises VodaError (import.mapping, time.zone_unknown)."""
    for key, choices in _CHOICES.items():
        value = getattr(hints, key, "")
        if value and value not in choices:
            raise _wrong(path, f"{key} {value!r} is none of {', '.join(choices)}")
    if hints.timezone:
        time_zone(hints.timezone)
    quantities = [hints.quantity, *hints.quantities.values(), *(item.quantity for item in hints.columns.values())]
    for name, item in hints.columns.items():
        if item.role and item.role not in _CHOICES["role"]:
            raise _wrong(path, f'columns."{name}": role {item.role!r} is none of {", ".join(_CHOICES["role"])}')
        if item.role == "attribute":
            quantities.remove(item.quantity)
    for quantity in quantities:
        if quantity and quantity not in QUANTITIES:
            raise _wrong(path, f"{quantity!r} is no quantity; they are {', '.join(QUANTITIES)}")
    for unit in (hints.unit, *(item.unit for item in hints.columns.values())):
        if unit and not is_unit(unit):
            raise _wrong(path, f"{unit!r} is no unit that is known; write m3, l, l/s, m3/h, bar, m, °C …")
    return hints


def step_s(text: str) -> int:
    """The length of an interval in seconds.

    Raises VodaError (import.mapping).

    >>> step_s("15min"), step_s("1 h"), step_s("1d")
    (900, 3600, 86400)
    """
    match = _STEP.match(text.strip())
    if match is None or not int(match[1]):
        raise _wrong(None, f"step {text!r} is no length of time; write 15min, 1h or 1d")
    return int(match[1]) * _STEP_S[match[2]]


def joined(first: Hints, second: Hints) -> Hints:
    """Hints of two sources: what the second says counts before the first."""
    said = {item.name: getattr(second, item.name) for item in fields(Hints) if getattr(second, item.name)}
    for key in _TABLES:
        said[key] = {**getattr(first, key), **getattr(second, key)}
    return replace(first, **said)


def _wrong(path: Path | None, what: str) -> VodaError:
    return VodaError("import.mapping", f"{path.name}: {what}" if path else what)
