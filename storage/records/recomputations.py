"""Why figures are computed again: noted when the work is found, looked up when a figure is superseded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, select

from models.cause import Cause, Recomputation, joined
from models.reading import to_ms
from storage.engine import writing
from storage.records.section import Section, in_batches
from storage.schema import recomputations as table

BATCH_ROWS = 5_000
LAST_MONTH_MS = 364 * 86_400_000
"""The last of twelve months begins before that, the thirteenth after it."""


class Superseded(NamedTuple):
    """A figure that is being superseded: its key, and since when what it said was known."""

    level: str
    subject: str
    period: str
    time_ms: int
    known_from_ms: int


class RecomputationRecords(Section):
    """What makes figures be computed again. See models.records.Records."""

    def note_recomputations(self, noted: Sequence[Recomputation]) -> None:
        """Keep why figures will be computed again, before the work is queued; supersede_figures tells it with them."""
        for batch in in_batches(noted, BATCH_ROWS):
            with writing(self.engine) as connection:
                connection.execute(insert(table), [_row(item) for item in batch])

    def forget_recomputations(self, before: datetime) -> None:
        """Let go of what was noted before a time: the figures it changed have taken it over."""
        with writing(self.engine) as connection:
            connection.execute(delete(table).where(table.c.at_ms < to_ms(before)))


def causes_of(connection: Connection, figures: Collection[Superseded]) -> dict[Superseded, tuple[Cause, ...]]:
    """Why figures were computed again: what was noted since the old one was known, else the last before it.

    What was noted before may have changed a figure in two steps (its inflow first, then the sum of its meters).
    """
    noted = _noted(connection, figures)
    found = {}
    for figure in figures:
        of_time = [row for row in noted.get((figure.level, figure.subject), ()) if _holds(row, figure)]
        since = [row for row in of_time if row.at_ms > figure.known_from_ms]
        if chosen := since or of_time[-1:]:
            found[figure] = joined(Cause(row.code, row.says) for row in chosen)
    return found


def stored(causes: Sequence[Cause]) -> list[dict[str, Any]] | None:
    """Causes as a row of figures keeps them; None where there is none."""
    return [{"code": cause.code, "values": dict(cause.values)} for cause in causes] or None


def loaded(kept: Sequence[Mapping[str, Any]] | None) -> tuple[Cause, ...]:
    """Causes out of a row of figures."""
    return tuple(Cause(item["code"], item["values"]) for item in kept or ())


def _noted(connection: Connection, figures: Collection[Superseded]) -> dict[tuple[str, str], list[Row[Any]]]:
    """What was noted of the figures' areas and times, by area, in order of when."""
    columns = table.c
    found: defaultdict[tuple[str, str], list[Row[Any]]] = defaultdict(list)
    by_level: defaultdict[str, list[Superseded]] = defaultdict(list)
    for figure in figures:
        by_level[figure.level].append(figure)
    for level, members in by_level.items():
        subjects = sorted({figure.subject for figure in members})
        times = [figure.time_ms for figure in members]
        for names in in_batches(subjects, 500):
            statement = select(table).where(columns.level == level, columns.subject.in_(names))
            # A month's span holds its days'.
            statement = statement.where(
                columns.month_first_ms <= max(times) + LAST_MONTH_MS, columns.month_last_ms > min(times)
            )
            for row in connection.execute(statement.order_by(columns.at_ms, columns.id)):
                found[row.level, row.subject].append(row)
    return found


def _holds(row: Row[Any], figure: Superseded) -> bool:
    if figure.period == "year":
        return bool(row.month_first_ms < figure.time_ms + LAST_MONTH_MS and row.month_last_ms > figure.time_ms)
    if figure.period == "month":
        return bool(row.month_first_ms <= figure.time_ms < row.month_last_ms)
    return bool(row.first_ms <= figure.time_ms < row.last_ms)


def _row(item: Recomputation) -> dict[str, Any]:
    return {
        "level": item.level,
        "subject": item.subject,
        "first_ms": to_ms(item.first),
        "last_ms": to_ms(item.last),
        "month_first_ms": to_ms(item.month_first),
        "month_last_ms": to_ms(item.month_last),
        "at_ms": to_ms(item.at),
        "code": item.cause.code,
        "says": dict(item.cause.values),
    }
