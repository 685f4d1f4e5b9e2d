"""How a table is to be read: which cell of a row is what. Made by `understand`, followed by whoever reads the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.tables import Role, TableKind


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """A column of values.

    place : of its cell in a row, the first is 0
    quantity, unit : empty where columns of their own name them in each row
    device, point : empty where a column of its own names them in each row
    """

    place: int
    quantity: str
    unit: str
    device: str = ""
    point: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a table is to be read.

    first : place of the first row below the head; head : cells of the head, which may come again further down
    places : of the columns that a row has once, by role; attributes : of a device's properties, by name
    order : of dates with slashes; decimals : the mark of each numeric column, by place
    zone : of times without one, an IANA name or fixed offset; time_of_day_ms : of dates without a time
    stamp_step_ms : what is added to times that stand at the start of an interval
    quantities : words in the column of quantities → (quantity, unit); units : words of the column of units that we know
    folds : line → 0 or 1 for times of the doubled hour, where the rows around tell which of the two it is
    to_inclusive : whether the last day of a billed period belongs to it
    """

    kind: TableKind
    first: int
    head: tuple[Any, ...] = ()
    places: Mapping[Role, int] = field(default_factory=dict)
    values: tuple[ValueColumn, ...] = ()
    attributes: Mapping[str, int] = field(default_factory=dict)
    units_of_places: Mapping[int, str] = field(default_factory=dict)
    order: str = ""
    decimals: Mapping[int, str] = field(default_factory=dict)
    zone: str = "UTC"
    time_of_day_ms: int = 0
    stamp_step_ms: int = 0
    quantities: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    qualities: Mapping[str, int] = field(default_factory=dict)
    folds: Mapping[int, int] = field(default_factory=dict)
    to_inclusive: bool = False

    @property
    def times(self) -> tuple[int | None, int | None]:
        """Places of the time or date, and of the clock beside a date."""
        time = self.places.get("time", self.places.get("date"))
        return time, self.places.get("clock")
