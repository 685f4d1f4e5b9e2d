"""Figures that people quote: superseded, never updated, so that what was known on a day can be told later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, insert, or_, select, update

from models.cause import joined
from models.reading import from_ms, to_ms
from models.records import Figure, FigureChange, FigurePeriod
from models.rollup import Level
from storage.engine import reading, writing
from storage.records.recomputations import Superseded, causes_of, loaded, stored
from storage.records.section import Section, alone, in_batches
from storage.schema import figures as table

BATCH_FIGURES = 20_000
"""Figures a transaction looks at, so that no one waits long for it."""

MOST_NAMES = 1000
"""Subjects a query names; of more it reads all and leaves out the others."""


class _Key(NamedTuple):
    level: str
    subject: str
    period: str
    quantity: str
    time_ms: int


class FigureRecords(Section):
    """Quoted figures. See models.records.Records."""

    def supersede_figures(self, figures: Sequence[Figure]) -> None:
        """Write quoted figures: a changed value ends the old row (known_to) and opens a new one (known_from).

        A figure without known_from is known from now. One that says what the present one says changes nothing. Its
        causes are those it names, else what note_recomputations noted of its area and time.
        """
        now_ms = to_ms(self._clock.now())
        for batch in in_batches(figures, BATCH_FIGURES):
            with writing(self.engine) as connection:
                alone(connection, table)
                _supersede(connection, {_key(figure): figure for figure in batch}, now_ms)

    def figures(
        self,
        level: Level,
        subjects: Sequence[str] | None,
        period: FigurePeriod,
        quantity: str,
        start: datetime,
        end: datetime,
        known_at: datetime | None = None,
    ) -> list[Figure]:
        """Figures as known now or at a time, in order of (subject, time)."""
        statement = _of(level, period, quantity, to_ms(start), to_ms(end), subjects)
        if known_at is None:
            statement = statement.where(table.c.known_to_ms.is_(None))
        else:
            known_ms = to_ms(known_at)
            later = or_(table.c.known_to_ms.is_(None), table.c.known_to_ms > known_ms)
            statement = statement.where(table.c.known_from_ms <= known_ms, later)
        with reading(self.engine) as connection:
            found = [_figure(row) for row in connection.execute(statement)]
        wanted = None if subjects is None else set(subjects)
        # Sorted here: databases order text by rules of their own.
        kept = (figure for figure in found if wanted is None or figure.subject in wanted)
        return sorted(kept, key=lambda figure: (figure.subject, figure.time))

    def changed_figures(
        self, level: Level, subjects: Sequence[str] | None, since: datetime, until: datetime, limit: int = 5_000
    ) -> list[FigureChange]:
        """Figures known at `since` that said something else at `until`, the last changed first; at most `limit`."""
        columns, since_ms, until_ms = table.c, to_ms(since), to_ms(until)
        statement = select(table).where(columns.level == level)
        if subjects is not None and len(subjects) <= MOST_NAMES:
            statement = statement.where(columns.subject.in_(subjects))
        later = statement.where(columns.known_from_ms > since_ms, columns.known_from_ms <= until_ms)
        before = statement.where(columns.known_from_ms <= since_ms, columns.known_to_ms > since_ms)
        before = before.where(columns.known_to_ms <= until_ms)
        wanted = None if subjects is None else set(subjects)
        with reading(self.engine) as connection:
            known = {_key_of(row): row for row in connection.execute(before)}
            steps: defaultdict[_Key, list[Row[Any]]] = defaultdict(list)
            for row in connection.execute(later.order_by(columns.known_from_ms, columns.id)) if known else ():
                if _key_of(row) in known and (wanted is None or row.subject in wanted):
                    steps[_key_of(row)].append(row)
        found = [_change(known[key], rows) for key, rows in steps.items()]
        changed = [change for change in found if _says(change.before) != _says(change.after)]
        changed.sort(key=lambda change: (change.after.known_from or since, change.after.time), reverse=True)
        return changed[:limit]


def _change(before: Row[Any], steps: Sequence[Row[Any]]) -> FigureChange:
    causes = joined(cause for row in steps for cause in loaded(row.causes))
    return FigureChange(_figure(before), _figure(steps[-1]), len(steps), causes)


def _key_of(row: Row[Any]) -> _Key:
    return _Key(row.level, row.subject, row.period, row.quantity, row.time_ms)


def _supersede(connection: Connection, new: dict[_Key, Figure], now_ms: int) -> None:
    ended: list[dict[str, int]] = []
    begun: list[dict[str, Any]] = []
    present = {_key_of(row): row for row in _present(connection, new)}
    changed = {
        key: Superseded(key.level, key.subject, key.period, key.time_ms, old.known_from_ms)
        for key, figure in new.items()
        if (old := present.get(key)) is not None
        and (old.value, old.lower, old.upper, old.coverage, old.reason) != _says(figure)
    }
    noted = causes_of(connection, set(changed.values())) if changed else {}
    for key, figure in new.items():
        known_ms = now_ms if figure.known_from is None else to_ms(figure.known_from)
        if (old := present.get(key)) is not None:
            if key not in changed:
                continue
            # A clock that was set back must not make a row end before it began.
            known_ms = max(known_ms, old.known_from_ms)
            ended.append({"of_row": old.id, "known_ms": known_ms})
        value, lower, upper, coverage, reason = _says(figure)
        says = {"value": value, "lower": lower, "upper": upper, "coverage": coverage, "reason": reason}
        causes = stored(figure.causes or noted.get(changed[key], ())) if key in changed else None
        begun.append({**key._asdict(), **says, "known_from_ms": known_ms, "known_to_ms": None, "causes": causes})
    if ended:
        statement = update(table).where(table.c.id == bindparam("of_row")).values(known_to_ms=bindparam("known_ms"))
        connection.execute(statement, ended)
    if begun:
        connection.execute(insert(table), begun)


def _present(connection: Connection, keys: dict[_Key, Figure]) -> Iterator[Row[Any]]:
    """Present rows among which those of the keys are: one query for each level, period and quantity."""
    groups: defaultdict[tuple[str, str, str], list[_Key]] = defaultdict(list)
    for key in keys:
        groups[key.level, key.period, key.quantity].append(key)
    for (level, period, quantity), members in groups.items():
        times = [key.time_ms for key in members]
        subjects = sorted({key.subject for key in members})
        statement = _of(level, period, quantity, min(times), max(times) + 1, subjects)
        yield from connection.execute(statement.where(table.c.known_to_ms.is_(None)))


def _of(
    level: str, period: str, quantity: str, start_ms: int, end_ms: int, subjects: Sequence[str] | None
) -> Select[Any]:
    columns = table.c
    statement = select(table).where(columns.level == level, columns.period == period, columns.quantity == quantity)
    statement = statement.where(columns.time_ms >= start_ms, columns.time_ms < end_ms)
    if subjects is not None and len(subjects) <= MOST_NAMES:
        statement = statement.where(columns.subject.in_(subjects))
    return statement


def _key(figure: Figure) -> _Key:
    return _Key(figure.level, figure.subject, figure.period, figure.quantity, to_ms(figure.time))


def _says(figure: Figure) -> tuple[float | None, float | None, float | None, float, str]:
    return figure.value, figure.lower, figure.upper, figure.coverage, figure.reason


def _figure(row: Row[Any]) -> Figure:
    return Figure(
        row.level,
        row.subject,
        row.period,
        row.quantity,
        from_ms(row.time_ms),
        row.value,
        row.lower,
        row.upper,
        row.coverage,
        row.reason,
        from_ms(row.known_from_ms),
        None if row.known_to_ms is None else from_ms(row.known_to_ms),
        loaded(row.causes),
    )
