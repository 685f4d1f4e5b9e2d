"""Names that nothing has, with the one that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from models.region_problem import Problem
from models.registry import Region

_NEAR = 0.65
"""How alike a name must be to be proposed (difflib's ratio)."""


class Reference(NamedTuple):
    """A column that names rows of another file."""

    file: str
    attribute: str
    column: str
    where: str
    known: str


REFERENCES = (
    Reference("zones.csv", "zones", "municipality", "municipalities.csv", "towns"),
    Reference("zones.csv", "zones", "parent", "zones.csv", "zones"),
    Reference("zones.csv", "zones", "azp_point", "metering_points.csv", "points"),
    Reference("zones.csv", "zones", "critical_point", "metering_points.csv", "points"),
    Reference("zones.csv", "zones", "inflows", "metering_points.csv", "points"),
    Reference("zones.csv", "zones", "outflows", "metering_points.csv", "points"),
    Reference("metering_points.csv", "points", "municipality", "municipalities.csv", "towns"),
    Reference("metering_points.csv", "points", "zone", "zones.csv", "zones"),
    Reference("assignments.csv", "assignments", "device", "devices.csv", "devices"),
    Reference("assignments.csv", "assignments", "point", "metering_points.csv", "points"),
    Reference("reservoirs.toml", "reservoirs", "zone", "zones.csv", "zones"),
    Reference("reservoirs.toml", "reservoirs", "municipality", "municipalities.csv", "towns"),
    Reference("reservoirs.toml", "reservoirs", "level_point", "metering_points.csv", "points"),
    Reference("reservoirs.toml", "reservoirs", "inflow_point", "metering_points.csv", "points"),
    Reference("reservoirs.toml", "reservoirs", "outflow_point", "metering_points.csv", "points"),
    Reference("supplies.csv", "supplies", "municipality", "municipalities.csv", "towns"),
    Reference("billing.csv", "billing", "zone", "zones.csv", "zones"),
    Reference("billing.csv", "billing", "municipality", "municipalities.csv", "towns"),
    Reference(
        "balance_inputs.csv", "balance_inputs", "subject", "the region, towns, zones, points or devices", "subjects"
    ),
    Reference("operations.csv", "operations", "zone", "zones.csv", "zones"),
    Reference("sources.toml", "sources", "municipality", "municipalities.csv", "towns"),
)


def check_references(region: Region) -> Iterator[Problem]:
    """Names that are not in the file that should have them."""
    names: dict[str, Sequence[str]] = {
        "towns": list(region.municipality),
        "zones": list(region.zone),
        "points": list(region.point),
        "devices": list(region.device),
    }
    names["subjects"] = [region.name, *(name for found in names.values() for name in found)]
    for reference in REFERENCES:
        known = set(names[reference.known])
        items: Sequence[Any] = getattr(region, reference.attribute)
        for row, item in enumerate(items, start=1 if reference.file.endswith(".toml") else 2):
            value = getattr(item, reference.column)
            for name in value if isinstance(value, tuple) else (value,):
                if name and name not in known:
                    message = f"{name!r} is not in {reference.where}; {proposal(name, names[reference.known])}"
                    yield Problem("region.unknown_reference", reference.file, row, reference.column, message)


def proposal(name: str, known: Sequence[str]) -> str:
    """What to do about a name that nothing has.

    >>> proposal("LHO-1-INN", ["LHO-1-IN", "LHO-2-IN"])
    "did you mean 'LHO-1-IN'? Else add it there"
    >>> proposal("xyz", ["LHO-1-IN"])
    'add it there or mend it here'
    """
    near = difflib.get_close_matches(name, known, 1, cutoff=_NEAR)
    return f"did you mean {near[0]!r}? Else add it there" if near else "add it there or mend it here"
