"""What is said of readings: verdicts of validation, edits of people.

`changed` of both: the version of all judgements at which a row was made or last changed.
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Double, Index, Integer, Table
from sqlalchemy import text as sql

from storage.columns import METADATA, BigKey, milliseconds, text

verdicts = Table(
    "verdicts",
    METADATA,
    Column("id", BigKey, primary_key=True),
    text("device"),
    text("quantity"),
    text("test"),
    milliseconds("first_ms"),
    milliseconds("last_ms"),
    Column("quality", Integer, nullable=False),
    text("reason"),
    Column("says", JSON, nullable=False),
    milliseconds("known_from_ms"),
    milliseconds("known_to_ms", optional=True),
    Column("changed", BigInteger, nullable=False),
    Index("ix_verdicts_series", "device", "quantity", "first_ms"),
    Index("ix_verdicts_changed", "changed"),
    # A test says one thing of what begins at a time.
    Index(
        "uq_verdicts_present",
        "device",
        "quantity",
        "test",
        "first_ms",
        unique=True,
        sqlite_where=sql("known_to_ms IS NULL"),
        postgresql_where=sql("known_to_ms IS NULL"),
    ),
)

edits = Table(
    "edits",
    METADATA,
    Column("id", BigKey, primary_key=True),
    text("device"),
    text("quantity"),
    milliseconds("first_ms"),
    milliseconds("last_ms"),
    text("kind"),
    Column("value", Double, nullable=True),
    text("who"),
    milliseconds("at_ms"),
    text("why"),
    text("undone_by"),
    milliseconds("undone_ms", optional=True),
    text("undone_why"),
    Column("changed", BigInteger, nullable=False),
    Index("ix_edits_series", "device", "quantity", "first_ms"),
    Index("ix_edits_changed", "changed"),
    # An undo names an edit by its number: none is given twice.
    sqlite_autoincrement=True,
)
