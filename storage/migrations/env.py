"""Alembic's environment: it runs on the connection and in the transaction that storage.migrate opened."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from storage.columns import AnyText
from storage.schema import METADATA


def _render(kind: str, item: object, _context: Any) -> str | Literal[False]:
    """Write plain types into new revisions: an old revision must not change with the program's own types."""
    return "sa.Text()" if kind == "type" and isinstance(item, AnyText) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    render_item=_render,
)
context.run_migrations()
