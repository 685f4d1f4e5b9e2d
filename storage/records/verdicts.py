"""Verdicts of validation beside the readings: superseded where a test says otherwise, extended where they grow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, insert, or_, select, update

from models.quality import Quality
from models.reading import from_ms, to_ms
from models.validation.flags import Flag, Values
from models.verdict import Edit, Judgements, Judging, Verdict
from storage.columns import storable
from storage.engine import reading, writing
from storage.records.edits import VERSION, edit_of
from storage.records.section import Section, alone, count_up, counted, in_batches
from storage.schema import edits as edits_table
from storage.schema import verdicts as table

BATCH = 500
"""Judgings a transaction looks at, so that no one waits long for it."""


class VerdictRecords(Section):
    """See models.records.Records."""

    def judge(self, judgings: Sequence[Judging]) -> int:
        """Write what tests say now; returns how many verdicts are new, other or ended."""
        now_ms, changes = to_ms(self._clock.now()), 0
        for batch in in_batches(judgings, BATCH):
            # Most judgings find nothing where nothing was: they need not wait for who writes.
            with reading(self.engine) as connection:
                other = [one for one in batch if not _same(connection, one)]
            if other:
                with writing(self.engine) as connection:
                    alone(connection, table)
                    changes += _replace(connection, other, now_ms)
        return changes

    def verdicts(
        self, device: str, start: datetime, end: datetime, quantity: str | None = None, known_at: datetime | None = None
    ) -> list[Verdict]:
        """Verdicts on a device that overlap [start, end), as known now or at a time, in order of time."""
        columns = table.c
        statement = select(table).where(columns.device == storable(device), _known(known_at))
        statement = statement.where(columns.first_ms < to_ms(end), columns.last_ms >= to_ms(start))
        if quantity is not None:
            statement = statement.where(columns.quantity == quantity)
        with reading(self.engine) as connection:
            found = connection.execute(statement.order_by(columns.first_ms, columns.quantity, columns.test)).all()
        return [verdict_of(row) for row in found]

    def doubted(self, since: datetime) -> dict[tuple[str, str], Quality]:
        """Series (device, quantity) with a present verdict SUSPECT or FAIL that reaches to `since`, and the gravest."""
        columns = table.c
        statement = (
            select(columns.device, columns.quantity, func.max(columns.quality).label("gravest"))
            .where(columns.known_to_ms.is_(None), columns.last_ms >= to_ms(since))
            .where(columns.quality.in_([int(Quality.SUSPECT), int(Quality.FAIL)]))
            .group_by(columns.device, columns.quantity)
        )
        with reading(self.engine) as connection:
            rows = connection.execute(statement).all()
        return {(row.device, row.quantity): Quality(row.gravest) for row in rows}

    def judgements_version(self) -> int:
        """Grows with every change of a verdict or an edit."""
        with reading(self.engine) as connection:
            return counted(connection, VERSION)

    def judgements(self, after: int) -> Judgements:
        """Verdicts and edits that changed after a version; after 0: those that hold now."""
        said, meant = select(table), select(edits_table)
        if after:
            said, meant = said.where(table.c.changed > after), meant.where(edits_table.c.changed > after)
        else:
            said, meant = said.where(table.c.known_to_ms.is_(None)), meant.where(edits_table.c.undone_ms.is_(None))
        with reading(self.engine) as connection:
            # On PostgreSQL each statement sees what committed before it: the version first, so that none is missed.
            version = counted(connection, VERSION)
            verdicts = {row.id: verdict_of(row) for row in connection.execute(said)}
            edits: dict[int, Edit] = {row.id: edit_of(row) for row in connection.execute(meant)}
        return Judgements(verdicts, edits, version)


def _known(known_at: datetime | None) -> ColumnElement[bool]:
    columns = table.c
    if known_at is None:
        return columns.known_to_ms.is_(None)
    later = or_(columns.known_to_ms.is_(None), columns.known_to_ms > to_ms(known_at))
    return (columns.known_from_ms <= to_ms(known_at)) & later


def _present(connection: Connection, judging: Judging) -> list[Row[Any]]:
    """What the test says by now of what begins in the span."""
    columns = table.c
    statement = select(table).where(
        columns.device == storable(judging.device),
        columns.quantity == storable(judging.quantity),
        columns.test == judging.test,
        columns.first_ms >= judging.start_ms,
        columns.first_ms < judging.end_ms,
        columns.known_to_ms.is_(None),
    )
    return list(connection.execute(statement).all())


def _same(connection: Connection, judging: Judging) -> bool:
    said = {row.first_ms: _flag(row) for row in _present(connection, judging)}
    return said == {flag.first_ms: flag for flag in judging.flags}


def _replace(connection: Connection, judgings: Iterable[Judging], now_ms: int) -> int:
    count_up(connection, VERSION)
    version = counted(connection, VERSION)
    ended: list[dict[str, int]] = []
    grown: list[dict[str, Any]] = []
    begun: list[dict[str, Any]] = []
    for judging in judgings:
        present = {row.first_ms: row for row in _present(connection, judging)}
        for flag in judging.flags:
            row = present.pop(flag.first_ms, None)
            if row is None:
                begun.append(_columns(judging, flag, now_ms, version))
            elif _flag(row) == flag:
                continue
            elif row.quality == flag.quality and row.reason == flag.reason and row.last_ms <= flag.last_ms:
                says = [list(pair) for pair in flag.values]
                grown.append({"of_row": row.id, "until_ms": flag.last_ms, "what": says})
            else:
                ended.append({"of_row": row.id, "known_ms": max(now_ms, row.known_from_ms)})
                begun.append(_columns(judging, flag, now_ms, version))
        ended += [{"of_row": row.id, "known_ms": max(now_ms, row.known_from_ms)} for row in present.values()]
    of_row = table.c.id == bindparam("of_row")
    if ended:
        statement = update(table).where(of_row).values(known_to_ms=bindparam("known_ms"), changed=version)
        connection.execute(statement, ended)
    if grown:
        statement = update(table).where(of_row)
        statement = statement.values(last_ms=bindparam("until_ms"), says=bindparam("what"), changed=version)
        connection.execute(statement, grown)
    if begun:
        connection.execute(insert(table), begun)
    return len(begun) + len(grown) + len(ended)


def _columns(judging: Judging, flag: Flag, now_ms: int, version: int) -> dict[str, Any]:
    return {
        "device": judging.device,
        "quantity": judging.quantity,
        "test": judging.test,
        "first_ms": flag.first_ms,
        "last_ms": flag.last_ms,
        "quality": int(flag.quality),
        "reason": flag.reason,
        "says": [list(pair) for pair in flag.values],
        "known_from_ms": now_ms,
        "known_to_ms": None,
        "changed": version,
    }


def _flag(row: Row[Any]) -> Flag:
    return Flag(row.first_ms, row.last_ms, Quality(row.quality), row.reason, _values(row.says))


def _values(says: Iterable[Sequence[Any]]) -> Values:
    return tuple((str(name), value if isinstance(value, str) else float(value)) for name, value in says)


def verdict_of(row: Row[Any]) -> Verdict:
    """A row of the table."""
    return Verdict(
        row.device,
        row.quantity,
        row.test,
        row.first_ms,
        row.last_ms,
        Quality(row.quality),
        row.reason,
        _values(row.says),
        from_ms(row.known_from_ms),
        None if row.known_to_ms is None else from_ms(row.known_to_ms),
    )
