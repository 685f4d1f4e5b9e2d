"""Named cursors of the feed's consumers, and the small facts that services tell each other."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select

from storage.engine import reading, writing
from storage.records.section import Section, insert
from storage.schema import cursors, facts


class WorkRecords(Section):
    """Cursors and facts. See models.records.Records."""

    def cursor(self, name: str) -> str:
        """A named cursor of a consumer of the feed, "" at first."""
        with reading(self.engine) as connection:
            return connection.execute(select(cursors.c.cursor).where(cursors.c.name == name)).scalar() or ""

    def set_cursor(self, name: str, cursor: str) -> None:
        """Remember a named cursor."""
        with writing(self.engine) as connection:
            put_cursor(connection, name, cursor)

    def set_fact(self, name: str, value: Mapping[str, object]) -> None:
        """Tell other processes something small (spool state, backfill progress, a service's heartbeat)."""
        with writing(self.engine) as connection:
            statement = insert(connection, facts).values(name=name, value=dict(value))
            connection.execute(
                statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
            )

    def facts(self) -> dict[str, dict[str, object]]:
        """Everything that services told, by name."""
        with reading(self.engine) as connection:
            return {row.name: row.value for row in connection.execute(select(facts))}


def put_cursor(connection: Connection, name: str, cursor: str) -> None:
    """Remember a named cursor in someone's transaction."""
    statement = insert(connection, cursors).values(name=name, cursor=cursor)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"cursor": statement.excluded.cursor})
    )
