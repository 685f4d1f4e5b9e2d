"""Whether the rules of sources.toml can be followed: filters, zones, mappings, units, and which rule hides another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from models.mapping import MappingError, path_problem, target
from models.quantity import QUANTITIES
from models.quantity_units import DIMENSION_OF, own_unit, stored
from models.region_problem import Problem
from models.registry import Region, Source
from models.topic_filter import covers
from models.units import find_unit

_FILE = "sources.toml"
_OFFSET = re.compile(r"^[+-]\d{2}:\d{2}$")
_PLACE = re.compile(r"\{([^{}]*)\}")
_LEVELS_AT_MOST = 99


def check_sources(region: Region) -> Iterator[Problem]:
    """Rules that can't be followed or that no topic ever reaches."""
    for row, item in enumerate(region.sources, start=1):
        yield from _filter(row, item)
        yield from _zone(row, item)
        yield from _quantity(row, item)
        yield from _mapping(row, item)
        yield from _device(row, item)
        yield from _rates(row, item)
        hidden_by = next(
            (
                n
                for n, earlier in enumerate(region.sources[: row - 1], 1)
                if covers(earlier.topic_filter, item.topic_filter)
            ),
            None,
        )
        if hidden_by is not None:
            message = (
                f"{item.topic_filter!r} lies within the filter of table {hidden_by}, which counts first; put it before"
            )
            yield Problem("region.hidden_source", _FILE, row, "topic_filter", message)


def _filter(row: int, item: Source) -> Iterator[Problem]:
    levels = item.topic_filter.split("/")
    bad_level = any(("+" in level or "#" in level) and len(level) > 1 for level in levels)
    if not item.topic_filter or "#" in levels[:-1] or bad_level:
        message = f"{item.topic_filter!r} is no MQTT topic filter; + stands alone in a level, # alone in the last"
        yield Problem("region.bad_topic_filter", _FILE, row, "topic_filter", message)


def _zone(row: int, item: Source) -> Iterator[Problem]:
    if item.timezone and not _OFFSET.match(item.timezone):
        try:
            ZoneInfo(item.timezone)
        except (KeyError, ValueError, OSError):
            message = f"{item.timezone!r} is no time zone; write Europe/Prague or a fixed +01:00"
            yield Problem("region.bad_timezone", _FILE, row, "timezone", message)


def _quantity(row: int, item: Source) -> Iterator[Problem]:
    if item.quantity and item.quantity not in QUANTITIES:
        message = f"{item.quantity!r} is no quantity; write one of {', '.join(QUANTITIES)}"
        yield Problem("region.bad_quantity", _FILE, row, "quantity", message)
    elif item.quantity and item.unit and stored(item.quantity, 1.0, item.unit) is None:
        wanted = f"write one such as {own_unit(item.quantity)}" if item.quantity in DIMENSION_OF else "leave it out"
        message = f"{item.unit!r} is no unit of {item.quantity}; {wanted}"
        yield Problem("region.bad_unit", _FILE, row, "unit", message)
    elif item.unit and find_unit(item.unit) is None:
        message = f"{item.unit!r} is no unit that is known; write one such as m3, l/s, bar or °C"
        yield Problem("region.bad_unit", _FILE, row, "unit", message)


def _mapping(row: int, item: Source) -> Iterator[Problem]:
    for path, rule in item.mapping:
        if problem := path_problem(path):
            yield Problem("region.bad_mapping", _FILE, row, "mapping", problem)
        try:
            target(rule)
        except MappingError as error:
            yield Problem("region.bad_mapping", _FILE, row, "mapping", f"{path[:60]!r}: {error}")


def _device(row: int, item: Source) -> Iterator[Problem]:
    for place in _PLACE.findall(item.device):
        if not (place.isdecimal() and 0 < int(place) <= _LEVELS_AT_MOST):
            message = f"{{{place}}} is no level of the topic; write {{1}} for its first, {{2}} for its second"
            yield Problem("region.bad_device_pattern", _FILE, row, "device", message)


def _rates(row: int, item: Source) -> Iterator[Problem]:
    if item.rate_step_s is not None and item.rate_step_s <= 0:
        message = f"{item.rate_step_s} s is no step; write the seconds between two values, such as 900"
        yield Problem("region.out_of_range", _FILE, row, "rate_step_s", message)
    elif item.rate_kind == "mean" and item.rate_stamp == "start" and item.rate_step_s is None:
        message = "means stamped at their start need rate_step_s, or nobody knows when they end"
        yield Problem("region.missing_key", _FILE, row, "rate_step_s", message)
