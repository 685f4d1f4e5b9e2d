"""How the parts of a region become rows of tables and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Table

from models import registry
from models.reading import from_ms, to_ms
from models.registry import Region
from storage import registry_tables as tables
from storage.columns import storable

VERSIONING = ("id", "position", "from_version", "to_version")
"""Columns that say when a row held, not what it says."""

Entries = tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Content:
    """What a row says: its columns' values, and of each list its entries. Equal contents are the same row."""

    values: tuple[Any, ...]
    lists: tuple[Entries, ...]


@dataclass(frozen=True)
class Kind:
    """One kind of part: an attribute of Region, the class of its items, its table and the tables of its lists."""

    attribute: str
    build: type[Any]
    table: Table
    lists: Mapping[str, Table] = field(default_factory=dict)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Columns of what a row says."""
        return tuple(column.name for column in self.table.c if column.name not in VERSIONING)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The items' fields, column by column; a time's column is called like its field with _ms."""
        return tuple(name.removesuffix("_ms") for name in self.columns)

    @cached_property
    def list_columns(self) -> tuple[tuple[str, ...], ...]:
        """Of each list its table's columns: the parent's key, ordinal, then values."""
        return tuple(tuple(column.name for column in table.c) for table in self.lists.values())

    def items(self, region: Region) -> Sequence[Any]:
        """A region's items of this kind; of the region's own row the region itself."""
        if not self.attribute:
            return (region,)
        items: Sequence[Any] = getattr(region, self.attribute)
        return items

    @cached_property
    def times(self) -> tuple[int, ...]:
        """Places of the columns that hold times."""
        return tuple(place for place, name in enumerate(self.columns) if name.endswith("_ms"))

    def content(self, item: Any) -> Content:
        """An item as a row says it."""
        values = [_stored(getattr(item, name)) for name in self.fields]
        for place in self.times:
            values[place] = None if values[place] is None else to_ms(values[place])
        return Content(tuple(values), tuple(_entries(getattr(item, name)) for name in self.lists))

    def arguments(self, content: Content) -> dict[str, Any]:
        """What the item is built from."""
        values = list(content.values)
        for place in self.times:
            values[place] = None if values[place] is None else from_ms(values[place])
        result: dict[str, Any] = dict(zip(self.fields, values, strict=True))
        for name, columns, entries in zip(self.lists, self.list_columns, content.lists, strict=True):
            single = len(columns) == _KEY_COLUMNS + 1
            result[name] = tuple(entry[0] for entry in entries) if single else entries
        return result


_KEY_COLUMNS = 2
"""Columns of a list's table before its values: the parent's key and the ordinal."""

KINDS = (
    Kind("", Region, tables.regions, {"languages": tables.region_languages}),
    Kind("municipalities", registry.Municipality, tables.municipalities),
    Kind("zones", registry.Zone, tables.zones, {"inflows": tables.zone_inflows, "outflows": tables.zone_outflows}),
    Kind("points", registry.MeteringPoint, tables.metering_points),
    Kind("devices", registry.Device, tables.devices),
    Kind("assignments", registry.Assignment, tables.assignments),
    Kind(
        "reservoirs",
        registry.Reservoir,
        tables.reservoirs,
        {"curve": tables.reservoir_curves, "rule_curve": tables.reservoir_rule_curves},
    ),
    Kind("supplies", registry.Supply, tables.supplies),
    Kind("billing", registry.Billing, tables.billing),
    Kind("balance_inputs", registry.BalanceInput, tables.balance_inputs),
    Kind("operations", registry.Operation, tables.operations),
    Kind("sources", registry.Source, tables.sources, {"mapping": tables.source_mappings}),
)
"""Every kind of part; the first is the region's own row."""


def _entries(values: Sequence[Any]) -> Entries:
    return tuple(
        tuple(_stored(part) for part in value) if isinstance(value, tuple) else (_stored(value),) for value in values
    )


def _stored(value: Any) -> Any:
    return storable(value) if isinstance(value, str) else value
