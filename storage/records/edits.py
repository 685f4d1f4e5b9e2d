"""What people say of readings: rows of their own, taken back by columns of their own, never deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from models.reading import from_ms, to_ms
from models.verdict import Edit, EditKind
from storage.columns import storable
from storage.engine import reading, writing
from storage.records.section import Section, count_up, counted
from storage.schema import edits as table

VERSION = "judgements"
"""Counter of every change of a verdict or an edit."""


class EditRecords(Section):
    """See models.records.Records."""

    def add_edit(self, edit: Edit) -> Edit:
        """Keep a person's word on readings; gives it with its number."""
        row = {
            "device": edit.device,
            "quantity": edit.quantity,
            "first_ms": edit.first_ms,
            "last_ms": edit.last_ms,
            "kind": edit.kind.value,
            "value": edit.value,
            "who": edit.who,
            "at_ms": to_ms(edit.at),
            "why": edit.why,
            "undone_by": "",
            "undone_ms": None,
            "undone_why": "",
        }
        with writing(self.engine) as connection:
            # Counting first makes others who write wait: versions become visible in their order.
            count_up(connection, VERSION)
            version = counted(connection, VERSION)
            made = connection.execute(insert(table).values(**row, changed=version).returning(table.c.id)).scalar_one()
        return edit._replace(id=made)

    def undo_edit(self, number: int, who: str, why: str, at: datetime) -> Edit | None:
        """Take an edit back; None where there is no such edit or it is undone already."""
        with writing(self.engine) as connection:
            count_up(connection, VERSION)
            taken_back = {"undone_by": who, "undone_ms": to_ms(at), "undone_why": why}
            statement = update(table).where(table.c.id == number, table.c.undone_ms.is_(None))
            statement = statement.values(**taken_back, changed=counted(connection, VERSION))
            row = connection.execute(statement.returning(*table.c)).first()
        return None if row is None else edit_of(row)

    def edits(self, device: str) -> list[Edit]:
        """Everything that people said of a device's readings, the last first, undone ones too."""
        statement = select(table).where(table.c.device == storable(device))
        with reading(self.engine) as connection:
            return [
                edit_of(row) for row in connection.execute(statement.order_by(table.c.at_ms.desc(), table.c.id.desc()))
            ]


def edit_of(row: Row[Any]) -> Edit:
    """A row of the table."""
    return Edit(
        row.device,
        row.quantity,
        row.first_ms,
        row.last_ms,
        EditKind(row.kind),
        row.value,
        row.who,
        from_ms(row.at_ms),
        row.why,
        row.id,
        row.undone_by,
        None if row.undone_ms is None else from_ms(row.undone_ms),
        row.undone_why,
    )
