"""Every SQL table of the records, on one MetaData.

Times are BIGINT milliseconds since 1970 UTC and say so in their name. Migrations (storage/migrations) bring a
database here; a test holds both to each other.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
)
from sqlalchemy import text as sql

from storage import registry_tables
from storage.columns import METADATA, AnyText, BigKey, milliseconds, text
from storage.judgement_tables import edits, verdicts

__all__ = [
    "METADATA",
    "changes",
    "counters",
    "cursors",
    "detector_states",
    "device_keys",
    "dirty_hours",
    "edits",
    "event_log",
    "events",
    "facts",
    "figures",
    "key_changes",
    "notices",
    "recomputations",
    "refused",
    "registry_tables",
    "remembered",
    "revisions",
    "seen_devices",
    "seen_quantities",
    "understood_later",
    "verdicts",
]

# --- the change feed and what goes with readings; written by the stores -------------------------------------------

changes = Table(
    "changes",
    METADATA,
    text("writer"),
    Column("seq", BigInteger, nullable=False, autoincrement=False),
    text("device"),
    text("quantity"),
    milliseconds("first_ms"),
    milliseconds("last_ms"),
    milliseconds("known_ms"),
    PrimaryKeyConstraint("writer", "seq"),
    sqlite_with_rowid=False,
)

revisions = Table(
    "revisions",
    METADATA,
    Column("id", BigKey, primary_key=True),
    text("device"),
    text("quantity"),
    milliseconds("time_ms"),
    milliseconds("known_ms"),
    Column("value", Double, nullable=True),
    text("source"),
    Index("ix_revisions_key", "device", "quantity", "time_ms"),
    # A repeat changes nothing, a repeat of "no value" neither; NULLs are distinct to a plain unique index.
    Index(
        "uq_revisions_value",
        "device",
        "quantity",
        "time_ms",
        "source",
        "value",
        unique=True,
        sqlite_where=sql("value IS NOT NULL"),
        postgresql_where=sql("value IS NOT NULL"),
    ),
    Index(
        "uq_revisions_no_value",
        "device",
        "quantity",
        "time_ms",
        "source",
        unique=True,
        sqlite_where=sql("value IS NULL"),
        postgresql_where=sql("value IS NULL"),
    ),
)

counters = Table(
    "counters",
    METADATA,
    text("name"),
    text("writer"),
    Column("value", BigInteger, nullable=False),
    PrimaryKeyConstraint("name", "writer"),
)

# --- what devices say beside readings ------------------------------------------------------------------------------

notices = Table(
    "notices",
    METADATA,
    text("device"),
    text("notice"),
    Column("active", Boolean, nullable=False),
    milliseconds("time_ms"),
    text("time_source"),
    text("source"),
    PrimaryKeyConstraint("device", "time_ms", "notice", "active"),
    Index("ix_notices_time_ms", "time_ms"),
    sqlite_with_rowid=False,
)

refused = Table(
    "refused",
    METADATA,
    Column("id", BigKey, primary_key=True),
    text("topic"),
    milliseconds("received_ms"),
    text("code"),
    text("reason"),
    Column("size_bytes", Integer, nullable=False),
    # Behind the small ones, so that reading the columns before it skips the payload's pages.
    Column("payload", LargeBinary, nullable=False),
    # Keys, rules and decoders that refused it last; empty where decoding it again is no use.
    text("tried_with", server_default=sql("''")),
    text("arrived", server_default=sql("''")),
    # What there is to decode again is found without looking at all that need not be.
    Index(
        "ix_refused_tried",
        "tried_with",
        "id",
        sqlite_where=sql("tried_with <> ''"),
        postgresql_where=sql("tried_with <> ''"),
    ),
    # Ids are never given twice: whoever looks at the list can hold on to one.
    sqlite_autoincrement=True,
)

understood_later = Table(
    "understood_later",
    METADATA,
    # The refused payload, which stays; its size is counted there.
    Column("id", BigInteger, ForeignKey("refused.id"), primary_key=True, autoincrement=False),
    milliseconds("at_ms"),
    text("who"),
    text("why"),
    text("dialect"),
    Column("readings", Integer, nullable=False),
    Column("notices", Integer, nullable=False),
    Column("devices", JSON, nullable=False),
)

# Secrets: only ingest reads them (models.records.KeyRing), and nothing shows, logs or exports them.
device_keys = Table("device_keys", METADATA, text("device", primary_key=True), text("key"))

key_changes = Table(
    "key_changes",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
    milliseconds("at_ms"),
    text("who"),
    text("why"),
    Column("added", Integer, nullable=False),
    Column("replaced", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
)

# What sources told of their messages to come, such as Sparkplug's births; an empty value holds no longer.
remembered = Table(
    "remembered",
    METADATA,
    text("name", primary_key=True),
    milliseconds("at_ms"),
    Column("version", BigInteger, nullable=False, index=True),
    Column("value", LargeBinary, nullable=False),
)

seen_devices = Table(
    "seen_devices",
    METADATA,
    text("device", primary_key=True),
    text("dialect"),
    text("topic"),
    milliseconds("first_ms"),
    milliseconds("last_ms"),
)

seen_quantities = Table(
    "seen_quantities",
    METADATA,
    text("device"),
    text("quantity"),
    PrimaryKeyConstraint("device", "quantity"),
    sqlite_with_rowid=False,
)

# --- events and detectors ------------------------------------------------------------------------------------------

events = Table(
    "events",
    METADATA,
    text("id", primary_key=True),
    text("kind"),
    text("level"),
    text("subject"),
    text("priority"),
    text("state"),
    text("case_state"),
    milliseconds("detected_ms"),
    milliseconds("start_ms"),
    milliseconds("end_ms", optional=True),
    Column("loss_m3h", Double, nullable=True),
    Column("loss_m3", Double, nullable=True),
    Column("score", Double, nullable=False),
    text("why_code"),
    Column("why_values", JSON, nullable=False),
    Column("found_later", Boolean, nullable=False),
    text("acknowledged_by"),
    milliseconds("acknowledged_ms", optional=True),
    Index("ix_events_detected_ms", "detected_ms"),
    Index("ix_events_subject", "subject", "kind", "detected_ms"),
    # At most one not-closed event per kind and subject, whoever writes.
    Index(
        "uq_events_not_closed",
        "kind",
        "subject",
        unique=True,
        sqlite_where=sql("case_state <> 'closed'"),
        postgresql_where=sql("case_state <> 'closed'"),
    ),
)

event_log = Table(
    "event_log",
    METADATA,
    Column("id", BigKey, primary_key=True),
    Column("event", AnyText, ForeignKey("events.id"), nullable=False, index=True),
    milliseconds("at_ms"),
    text("who"),
    text("what"),
    text("note"),
)


detector_states = Table(
    "detector_states",
    METADATA,
    text("detector"),
    text("subject"),
    Column("version", Integer, nullable=False),
    text("cursor"),
    Column("state", JSON, nullable=False),
    PrimaryKeyConstraint("detector", "subject"),
)

# --- work, cursors, facts, figures ---------------------------------------------------------------------------------

dirty_hours = Table(
    "dirty_hours",
    METADATA,
    text("level"),
    text("subject"),
    milliseconds("hour_ms"),
    # Grows when marked again, so that what was marked while it was computed is not taken for done.
    Column("generation", BigInteger, nullable=False, server_default="0"),
    # In this order a level's newest hours lie together.
    PrimaryKeyConstraint("level", "hour_ms", "subject"),
    sqlite_with_rowid=False,
)

cursors = Table("cursors", METADATA, text("name", primary_key=True), text("cursor"))

facts = Table("facts", METADATA, text("name", primary_key=True), Column("value", JSON, nullable=False))

figures = Table(
    "figures",
    METADATA,
    Column("id", BigKey, primary_key=True),
    text("level"),
    text("subject"),
    text("period"),
    text("quantity"),
    milliseconds("time_ms"),
    Column("value", Double, nullable=True),
    Column("lower", Double, nullable=True),
    Column("upper", Double, nullable=True),
    Column("coverage", Double, nullable=False),
    text("reason"),
    milliseconds("known_from_ms"),
    milliseconds("known_to_ms", optional=True),
    # Why it was computed again, as models.cause.CAUSES names it; NULL of a first figure.
    Column("causes", JSON(none_as_null=True), nullable=True),
    Index("ix_figures_key", "level", "period", "quantity", "subject", "time_ms"),
    # What changed since a day is found without looking at all that did not.
    Index("ix_figures_known_from", "level", "known_from_ms"),
    Index(
        "ix_figures_known_to",
        "level",
        "known_to_ms",
        sqlite_where=sql("known_to_ms IS NOT NULL"),
        postgresql_where=sql("known_to_ms IS NOT NULL"),
    ),
    # One figure of a key is the present one.
    Index(
        "uq_figures_present",
        "level",
        "period",
        "quantity",
        "subject",
        "time_ms",
        unique=True,
        sqlite_where=sql("known_to_ms IS NULL"),
        postgresql_where=sql("known_to_ms IS NULL"),
    ),
)

# What makes figures of an area be computed again, until they have taken it over.
recomputations = Table(
    "recomputations",
    METADATA,
    Column("id", BigKey, primary_key=True),
    text("level"),
    text("subject"),
    # Edges of local days, and of the months around them.
    milliseconds("first_ms"),
    milliseconds("last_ms"),
    milliseconds("month_first_ms"),
    milliseconds("month_last_ms"),
    milliseconds("at_ms"),
    text("code"),
    Column("says", JSON, nullable=False),
    Index("ix_recomputations_subject", "level", "subject", "month_first_ms"),
    Index("ix_recomputations_at_ms", "at_ms"),
)
