"""The registry of a region in SQL: saved as the difference to what was there, loaded at any of its versions."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, Table, bindparam, func, insert, or_, select, update

from models.clock import Clock
from models.reading import from_ms, to_ms
from models.records import RegistryChange
from models.registry import Region
from storage.engine import reading, writing
from storage.records.region_rows import KINDS, VERSIONING, Content, Kind
from storage.records.section import Section, alone
from storage.registry_tables import registry_changes


class Held(NamedTuple):
    """A row that holds at some version."""

    id: int
    position: int
    content: Content


class Plan(NamedTuple):
    """What makes a kind's present rows into an item's: ids that end, positions that move, rows that begin."""

    ended: list[int]
    moved: list[tuple[int, int]]
    begun: list[tuple[int, Content]]


class RegistryRecords(Section):
    """Region, its version and its log. See models.records.Records."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        super().__init__(engine, clock)
        self._lock = threading.Lock()
        self._cached: tuple[int, Region | None] = (0, None)

    def region(self) -> Region | None:
        """The registry as it is now, None while it is empty; cached until region_version changes."""
        with self._lock, reading(self.engine) as connection:
            version = _version(connection)
            if version != self._cached[0]:
                self._cached = (version, _load(connection, version))
            return self._cached[1]

    def region_at(self, version: int) -> Region | None:
        """The registry as it was at a version, None where it was empty."""
        with reading(self.engine) as connection:
            return _load(connection, version)

    def region_known(self, known_at: datetime) -> Region | None:
        """The registry as it was at a time, None where it was empty."""
        known = select(func.max(registry_changes.c.version)).where(registry_changes.c.at_ms <= to_ms(known_at))
        with reading(self.engine) as connection:
            version = connection.execute(known).scalar() or 0
        return self.region() if version == self.region_version() else self.region_at(version)

    def region_version(self) -> int:
        """Grows by one with every change of the registry; 0 while it is empty."""
        with reading(self.engine) as connection:
            return _version(connection)

    def save_region(self, region: Region, who: str, why: str, at: datetime) -> None:
        """Replace the registry in one transaction and log who changed what and why; the same region changes nothing."""
        with writing(self.engine) as connection:
            alone(connection, registry_changes)
            _save(connection, region, who, why, at)

    def change_region(self, change: Callable[[Region], Region], who: str, why: str, at: datetime) -> Region | None:
        """Read the registry, change and log it in one transaction, so that nobody else's change meanwhile is lost.

        Gives the changed region; None, and nothing is called, while the registry is empty.
        """
        with writing(self.engine) as connection:
            alone(connection, registry_changes)
            present = _load(connection, _version(connection))
            if present is None:
                return None
            changed = change(present)
            _save(connection, changed, who, why, at)
        return changed

    def region_log(self, limit: int = 100) -> list[RegistryChange]:
        """The newest changes of the registry first."""
        newest = select(registry_changes).order_by(registry_changes.c.version.desc()).limit(limit)
        with reading(self.engine) as connection:
            rows = connection.execute(newest).all()
            oldest = min((row.version for row in rows), default=0)
            added = _counts(connection, "from_version", oldest)
            removed = _counts(connection, "to_version", oldest)
        return [
            RegistryChange(r.version, from_ms(r.at_ms), r.who, r.why, added[r.version], removed[r.version])
            for r in rows
        ]


def _version(connection: Connection) -> int:
    return connection.execute(select(func.max(registry_changes.c.version))).scalar() or 0


def _save(connection: Connection, region: Region, who: str, why: str, at: datetime) -> None:
    version = _version(connection)
    plans = [(kind, _plan(_held(connection, kind, version), kind, region)) for kind in KINDS]
    if not any(any(plan) for _kind, plan in plans):
        return
    row = {"version": version + 1, "at_ms": to_ms(at), "who": who, "why": why}
    connection.execute(insert(registry_changes), row)
    for kind, plan in plans:
        _apply(connection, kind, plan, version + 1)


def _load(connection: Connection, version: int) -> Region | None:
    head, *parts = KINDS
    own = [row.content for row in _held(connection, head, version)]
    if not own:
        return None
    collections: dict[str, Any] = {
        kind.attribute: tuple(kind.build(**kind.arguments(row.content)) for row in _held(connection, kind, version))
        for kind in parts
    }
    return Region(**head.arguments(own[0]), **collections)


def _held(connection: Connection, kind: Kind, version: int) -> list[Held]:
    """A kind's rows that hold at a version, in order of their position."""
    table = kind.table
    columns = (table.c.id, table.c.position, *(table.c[name] for name in kind.columns))
    statement = select(*columns).where(_holds(table, version)).order_by(table.c.position, table.c.id)
    rows = connection.execute(statement).all()
    lists = [_list_entries(connection, kind, child, version) for child in kind.lists.values()]
    return [
        Held(row[0], row[1], Content(tuple(row[2:]), tuple(tuple(entries[row[0]]) for entries in lists)))
        for row in rows
    ]


def _list_entries(
    connection: Connection, kind: Kind, child: Table, version: int
) -> defaultdict[int, list[tuple[Any, ...]]]:
    """Of one of a kind's lists the entries by the parent row's id, for the rows that hold at a version."""
    key, ordinal, *values = child.c
    statement = (
        select(key, *values)
        .join(kind.table, kind.table.c.id == key)
        .where(_holds(kind.table, version))
        .order_by(key, ordinal)
    )
    result: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in connection.execute(statement):
        result[row[0]].append(tuple(row[1:]))
    return result


def _holds(table: Table, version: int) -> ColumnElement[bool]:
    return (table.c.from_version <= version) & or_(table.c.to_version.is_(None), table.c.to_version > version)


def _plan(held: list[Held], kind: Kind, region: Region) -> Plan:
    """Rows whose content stays are kept, equal ones as often as they stand there."""
    kept: defaultdict[Content, list[Held]] = defaultdict(list)
    for row in reversed(held):
        kept[row.content].append(row)
    plan = Plan([], [], [])
    for position, item in enumerate(kind.items(region)):
        content = kind.content(item)
        if rows := kept.get(content):
            row = rows.pop()
            if row.position != position:
                plan.moved.append((row.id, position))
        else:
            plan.begun.append((position, content))
    plan.ended.extend(row.id for rows in kept.values() for row in rows)
    return plan


def _apply(connection: Connection, kind: Kind, plan: Plan, version: int) -> None:
    table = kind.table
    if plan.ended:
        ended = update(table).where(table.c.id == bindparam("of_row")).values(to_version=version)
        connection.execute(ended, [{"of_row": row} for row in plan.ended])
    if plan.moved:
        moved = update(table).where(table.c.id == bindparam("of_row")).values(position=bindparam("new_position"))
        connection.execute(moved, [{"of_row": row, "new_position": place} for row, place in plan.moved])
    if not plan.begun:
        return
    first = (connection.execute(select(func.max(table.c.id))).scalar() or 0) + 1
    rows = [
        dict(zip(VERSIONING, (row, position, version, None), strict=True))
        | dict(zip(kind.columns, content.values, strict=True))
        for row, (position, content) in enumerate(plan.begun, start=first)
    ]
    connection.execute(insert(table), rows)
    for number, child in enumerate(kind.lists.values()):
        if entries := list(_list_rows(kind, number, first, plan)):
            connection.execute(insert(child), entries)


def _list_rows(kind: Kind, number: int, first: int, plan: Plan) -> Iterator[dict[str, Any]]:
    columns = kind.list_columns[number]
    for row, (_position, content) in enumerate(plan.begun, start=first):
        for ordinal, entry in enumerate(content.lists[number]):
            yield dict(zip(columns, (row, ordinal, *entry), strict=True))


def _counts(connection: Connection, column: str, oldest: int) -> defaultdict[int, dict[str, int]]:
    """How many rows of each table have a version in the column, by version."""
    result: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for kind in KINDS:
        version = kind.table.c[column]
        statement = select(version, func.count()).where(version >= oldest).group_by(version)
        for number, count in connection.execute(statement):
            result[number][kind.table.name] = count
    return result
