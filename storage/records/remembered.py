"""What sources told of their messages to come, kept for a restarted ingest and for those beside it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from models.records import Remembered
from storage.columns import storable
from storage.engine import reading, writing
from storage.records.section import Section, alone, insert
from storage.schema import remembered


class RememberedRecords(Section):
    """See models.records.Records."""

    def remember(self, items: Sequence[Remembered]) -> None:
        """Keep what sources told of messages to come; one that told later than what comes now stays."""
        last = {storable(one.name): one for one in items}
        if not last:
            return
        with writing(self.engine) as connection:
            alone(connection, remembered)
            version = (connection.execute(select(func.max(remembered.c.version))).scalar() or 0) + 1
            rows = [
                {"name": name, "at_ms": one.at_ms, "version": version, "value": one.value} for name, one in last.items()
            ]
            statement = insert(connection, remembered)
            changed = {column: statement.excluded[column] for column in ("at_ms", "version", "value")}
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["name"], set_=changed, where=remembered.c.at_ms <= statement.excluded.at_ms
                ),
                rows,
            )

    def remembered(self, after: int) -> tuple[list[Remembered], int]:
        """What was kept or changed after a version (0: all), and the version reached."""
        table = remembered.c
        statement = select(table.name, table.at_ms, table.value, table.version).where(table.version > after)
        with reading(self.engine) as connection:
            rows = connection.execute(statement.order_by(table.version)).all()
        return [Remembered(row.name, row.at_ms, bytes(row.value)) for row in rows], max(
            (row.version for row in rows), default=after
        )
