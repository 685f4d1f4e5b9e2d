"""Questions in Flux. Whatever comes from outside is a parameter, never part of the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from storage.influx.lines import encode

MAX_NAMES = 50
"""More names than this in one condition take longer than reading without it."""

_FIRST_NS, _LAST_NS = -(2**63) + 2, 2**63 - 2


class Question(NamedTuple):
    """A part of a query and its parameters."""

    flux: str
    params: dict[str, str | int]


def span(name: str, start_ms: int | None, end_ms: int | None) -> Question:
    """From the bucket over [start, end), which is not empty; None: from the very beginning, to the very end."""
    start = _FIRST_NS if start_ms is None else min(max(start_ms * 1_000_000, _FIRST_NS), _LAST_NS - 1)
    end = _LAST_NS if end_ms is None else min(max(end_ms * 1_000_000, start + 1), _LAST_NS)
    flux = f"from(bucket: bucket) |> range(start: time(v: {name}_start), stop: time(v: {name}_end))"
    return Question(flux, {f"{name}_start": start, f"{name}_end": end})


def one_of(column: str, name: str, values: Sequence[str]) -> Question:
    """A further condition: a tag has one of some values. None at all, or too many to ask for, stand for any."""
    if not 0 < len(values) <= MAX_NAMES:
        return Question("", {})
    params: dict[str, str | int] = {f"{name}{place}": encode(value) for place, value in enumerate(values)}
    return Question(" and " + _tree([f"r.{column} == {param}" for param in params]), params)


def _tree(conditions: Sequence[str]) -> str:
    # Balanced: Flux refuses a long chain as nested too deep.
    if len(conditions) == 1:
        return conditions[0]
    middle = len(conditions) // 2
    return f"({_tree(conditions[:middle])} or {_tree(conditions[middle:])})"
