"""Values of a region that can't be: negative lengths, ends before beginnings, curves that fall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from models.region_cells import write_time
from models.region_problem import Problem
from models.registry import Region, Reservoir

_INF = float("inf")


class Range(NamedTuple):
    """What a column may hold, both ends included."""

    file: str
    attribute: str
    column: str
    minimum: float
    maximum: float


RANGES = (
    Range("municipalities.csv", "municipalities", "population", 0, _INF),
    Range("municipalities.csv", "municipalities", "population_supplied", 0, _INF),
    Range("municipalities.csv", "municipalities", "lat", -90, 90),
    Range("municipalities.csv", "municipalities", "lon", -180, 180),
    Range("municipalities.csv", "municipalities", "variable_cost_czk_m3", 0, _INF),
    Range("municipalities.csv", "municipalities", "retail_czk_m3", 0, _INF),
    Range("zones.csv", "zones", "mains_km", 0, _INF),
    Range("zones.csv", "zones", "connections", 0, _INF),
    Range("zones.csv", "zones", "service_private_km", 0, _INF),
    Range("zones.csv", "zones", "properties", 0, _INF),
    Range("zones.csv", "zones", "population_served", 0, _INF),
    Range("zones.csv", "zones", "mean_pressure_m", 1, 300),
    Range("zones.csv", "zones", "n1", 0.3, 3),
    Range("metering_points.csv", "points", "dwellings", 0, _INF),
    Range("metering_points.csv", "points", "elevation_m", -500, 9000),
    Range("metering_points.csv", "points", "lat", -90, 90),
    Range("metering_points.csv", "points", "lon", -180, 180),
    Range("devices.csv", "devices", "dn_mm", 1, 5000),
    Range("devices.csv", "devices", "q3_m3h", 0.1, 1e5),
    Range("devices.csv", "devices", "ratio_r", 1, 2000),
    Range("devices.csv", "devices", "register_digits", 1, 12),
    Range("devices.csv", "devices", "litres_per_pulse", 1e-6, 1e6),
    Range("devices.csv", "devices", "multiplier", 1e-9, 1e9),
    Range("reservoirs.toml", "reservoirs", "min_release_m3h", 0, _INF),
    Range("reservoirs.toml", "reservoirs", "lat", -90, 90),
    Range("reservoirs.toml", "reservoirs", "lon", -180, 180),
    Range("supplies.csv", "supplies", "share", 0, 1),
    Range("billing.csv", "billing", "volume_m3", 0, _INF),
    Range("balance_inputs.csv", "balance_inputs", "plus_minus", 0, _INF),
    Range("operations.csv", "operations", "volume_m3", 0, _INF),
)
"""Limits of belief, wide on purpose: they catch a wrong unit or sign, not a rare town."""

_SPANS = (
    ("zones.csv", "zones", "valid_from", "valid_to"),
    ("metering_points.csv", "points", "valid_from", "valid_to"),
    ("devices.csv", "devices", "valid_from", "valid_to"),
    ("assignments.csv", "assignments", "start", "end"),
    ("supplies.csv", "supplies", "valid_from", "valid_to"),
    ("billing.csv", "billing", "start", "end"),
    ("balance_inputs.csv", "balance_inputs", "valid_from", "valid_to"),
    ("operations.csv", "operations", "start", "end"),
)
_COLUMN_OF = {"start": "from", "end": "to"}


def check_ranges(region: Region) -> list[Problem]:
    """Values outside what can be, spans that end before they begin, curves that fall, unknown time zones."""
    return [
        *_numbers(region),
        *_spans(region),
        *_towns(region),
        *_curves(region.reservoirs),
        *_identifiers(region),
    ]


def _rows(region: Region, file: str, attribute: str) -> Iterator[tuple[int, Any]]:
    return enumerate(getattr(region, attribute), start=1 if file.endswith(".toml") else 2)


def _numbers(region: Region) -> Iterator[Problem]:
    for limit in RANGES:
        for row, item in _rows(region, limit.file, limit.attribute):
            value = getattr(item, limit.column)
            if value is not None and not limit.minimum <= value <= limit.maximum:
                allowed = (
                    f"at least {limit.minimum:g}"
                    if limit.maximum == _INF
                    else f"between {limit.minimum:g} and {limit.maximum:g}"
                )
                message = f"{value:g} can't be; write a value {allowed}, in the unit of the column's name"
                yield Problem("region.out_of_range", limit.file, row, limit.column, message)


def _spans(region: Region) -> Iterator[Problem]:
    for file, attribute, first, last in _SPANS:
        for row, item in _rows(region, file, attribute):
            start, end = getattr(item, first), getattr(item, last)
            # An operation may be a moment, everything else has a length.
            if start and end and (end < start or (end == start and attribute != "operations")):
                column = _COLUMN_OF.get(last, last)
                begins, ends = (write_time(moment, region.tz) for moment in (start, end))
                message = f"ends {ends}, not after its beginning {begins}; mend one of the two (an end is exclusive)"
                yield Problem("region.ends_before_it_begins", file, row, column, message)


def _towns(region: Region) -> Iterator[Problem]:
    for row, town in _rows(region, "municipalities.csv", "municipalities"):
        if town.population_supplied > town.population:
            message = f"{town.population_supplied} supplied of {town.population} inhabitants; mend one of the two"
            yield Problem("region.more_supplied_than_live", "municipalities.csv", row, "population_supplied", message)


def _curves(reservoirs: Sequence[Reservoir]) -> Iterator[Problem]:
    for row, item in enumerate(reservoirs, start=1):
        if item.full_m <= item.bottom_m:
            message = f"full {item.full_m:g} m is not above bottom {item.bottom_m:g} m; mend one of the two"
            yield Problem("region.full_below_bottom", "reservoirs.toml", row, "full_m", message)
        if len(item.curve) < 2:
            message = f"{item.reservoir!r} has {len(item.curve)} points of level and storage; write at least two"
            yield Problem("region.curve_too_short", "reservoirs.toml", row, "curve", message)
            continue
        for (level, storage), (next_level, next_storage) in pairwise(item.curve):
            if next_level <= level or next_storage <= storage:
                message = (
                    f"falls or stands still from [{level:g}, {storage:g}] to [{next_level:g}, {next_storage:g}]; "
                    "level and storage must both rise"
                )
                yield Problem("region.curve_falls", "reservoirs.toml", row, "curve", message)
        if item.curve[0][0] > item.bottom_m or item.curve[-1][0] < item.full_m:
            message = (
                f"covers {item.curve[0][0]:g}–{item.curve[-1][0]:g} m, not all from bottom {item.bottom_m:g} "
                f"to full {item.full_m:g} m; add points"
            )
            yield Problem("region.curve_incomplete", "reservoirs.toml", row, "curve", message)
        yield from _spaces(row, item)
        if any(not 1 <= day <= 366 for day, _ in item.rule_curve):
            message = "a day of the rule curve is not between 1 and 366; write days of the year"
            yield Problem("region.out_of_range", "reservoirs.toml", row, "rule_curve", message)
        if any(b[0] <= a[0] for a, b in pairwise(item.rule_curve)):
            message = "days of the rule curve don't rise; order them"
            yield Problem("region.curve_falls", "reservoirs.toml", row, "rule_curve", message)


def _spaces(row: int, item: Reservoir) -> Iterator[Problem]:
    """Tops of a dam's spaces lie above each other: bottom, dead storage, rule curve, flood space, crest."""
    stages = [stage for _, stage in item.rule_curve]
    tops = [
        ("bottom_m", item.bottom_m),
        ("dead_m", item.dead_m),
        ("rule_curve", min(stages, default=None)),
        ("rule_curve", max(stages, default=None)),
        ("flood_m", item.flood_m),
        ("crest_m", item.crest_m),
    ]
    known = [(name, top) for name, top in tops if top is not None]
    for (below, low), (above, high) in pairwise(known):
        if high < low:
            message = f"{above} {high:g} m lies below {below} {low:g} m; tops of spaces rise, mend one of the two"
            yield Problem("region.spaces_crossed", "reservoirs.toml", row, above, message)
    if item.crest_m is not None and item.curve and item.curve[-1][0] < item.crest_m:
        message = f"ends at {item.curve[-1][0]:g} m, below crest_m {item.crest_m:g} m; add a point at the crest"
        yield Problem("region.curve_incomplete", "reservoirs.toml", row, "curve", message)


def _identifiers(region: Region) -> Iterator[Problem]:
    """A point whose name contains the list separator could not be named in a list."""
    for row, item in _rows(region, "metering_points.csv", "points"):
        if "|" in item.point:
            message = f"{item.point!r} contains |, which separates lists in a cell; choose another name"
            yield Problem("region.bad_identifier", "metering_points.csv", row, "point", message)
