"""Migrations: a database of any earlier revision comes to the present one with its data."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from models.errors import VodaError
from models.event import CaseState, Event
from models.records import Figure, Outcome, Refused
from storage.engine import open_engine
from storage.migrate import config, upgrade
from storage.migrations.__main__ import VERSIONS, draft
from storage.records import SqlRecords
from storage.schema import METADATA
from tests.storage.records.samples import HOSTILE, HOUR, NOON, SetClock, entry, event

ROOT = Path(__file__).parents[3]
NOON_MS = int(NOON.timestamp() * 1000)


def _fill_first_revision(connection: Connection) -> None:
    """Rows as the first revision's program wrote them, by its columns."""
    rows: dict[str, list[dict[str, object]]] = {
        "changes": [
            {"writer": "w", "seq": n, "device": name, "quantity": "q", "first_ms": 1, "last_ms": 2, "known_ms": 3}
            for n, name in enumerate(HOSTILE)
        ],
        "dirty_hours": [{"level": "zone", "subject": name, "hour_ms": NOON_MS} for name in HOSTILE],
        "cursors": [{"name": "analysis", "cursor": "c1"}],
        "events": [
            {
                "id": f"e{number}", "kind": "burst", "level": "zone", "subject": name, "priority": "high",
                "state": "unacknowledged", "case_state": "new", "detected_ms": NOON_MS, "start_ms": NOON_MS - 3_600_000,
                "end_ms": None, "loss_m3h": 14.2, "loss_m3": 3.5, "score": 0.93,
                "why_code": "burst.inflow_above_expected", "why_values": '{"zone": "Bynov", "excess_m3h": 14.2}',
                "found_later": False, "acknowledged_by": "", "acknowledged_ms": None,
            }
            for number, name in enumerate(HOSTILE)
        ],
        "event_log": [
            {"event": "e0", "at_ms": NOON_MS, "who": "burst", "what": "raised", "note": ""},
        ],
        "figures": [
            {
                "level": "zone", "subject": "bynov", "period": "day", "quantity": "net_inflow_m3h", "time_ms": NOON_MS,
                "value": value, "lower": None, "upper": None, "coverage": 1.0, "reason": "",
                "known_from_ms": NOON_MS + start, "known_to_ms": None if end is None else NOON_MS + end,
            }
            for value, start, end in ((1.5, 0, 1000), (2.5, 1000, None))
        ],
        "refused": [
            {
                "topic": "t", "received_ms": NOON_MS, "code": "decode.unknown", "reason": "why",
                "payload": b"\x00\xff", "size_bytes": 70,
            }
        ],
        "counters": [{"name": "refused_bytes", "writer": "", "value": 70}],
    }  # fmt: skip
    for table, values in rows.items():
        columns = list(values[0])
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(f':{name}' for name in columns)})"
        connection.execute(text(statement), values)


def test_data_of_the_first_revision_is_there_after_upgrading(empty_url: str) -> None:
    upgrade(empty_url, "0001")
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        _fill_first_revision(connection)
    engine.dispose()
    upgrade(empty_url)
    records = SqlRecords(empty_url, SetClock())
    assert {found.id: found for found in records.events()} == {
        f"e{number}": event(f"e{number}", name) for number, name in enumerate(HOSTILE)
    }
    assert records.event_log("e0") == [entry("e0")]
    assert records.take_dirty("zone", 100) == [("zone", name, NOON) for name in sorted(HOSTILE, reverse=True)]
    assert records.cursor("analysis") == "c1"
    # What a decoder refused is decoded again with this program's.
    refused = Refused(1, "t", NOON, "decode.unknown", "why", b"\x00\xff", "earlier")
    assert records.refused() == records.refused_otherwise("now", 9, 99) == [refused]
    span = ("zone", None, "day", "net_inflow_m3h", NOON, NOON + HOUR)
    assert [figure.value for figure in records.figures(*span)] == [2.5]
    assert [figure.value for figure in records.figures(*span, known_at=NOON)] == [1.5]
    with records.engine.connect() as connection:
        devices = connection.execute(text("SELECT device FROM changes ORDER BY seq")).scalars().all()
    assert tuple(devices) == HOSTILE
    # Why an old figure changed is not known.
    (change,) = records.changed_figures("zone", None, NOON, NOON + HOUR)
    assert (change.before.value, change.after.value, change.causes) == (1.5, 2.5, ())
    # And the program goes on from there.
    records.supersede_figures([Figure("zone", "bynov", "day", "net_inflow_m3h", NOON, 2.5, None, None, 1.0)])
    assert [figure.value for figure in records.figures(*span)] == [2.5]
    records.mark_dirty([("zone", HOSTILE[0], NOON)])
    records.change_event("e0", lambda e: (_closed(e), entry("e0", "closed")))
    records.save_event(event("new", HOSTILE[0]), entry("new"))
    records.close()


def test_refused_payloads_of_the_third_revision_are_tried_again_unless_a_store_rejected_them(empty_url: str) -> None:
    upgrade(empty_url, "0003")
    engine = open_engine(empty_url)
    columns = "topic, received_ms, code, reason, size_bytes, payload"
    statement = f"INSERT INTO refused ({columns}) VALUES (:topic, :ms, :code, 'why', 70, :payload)"
    codes = ("decode.no_unit", "store.rejected", "time.zone_unknown", "spool.damaged", "ingest.unwritable")
    with engine.begin() as connection:
        for number, code in enumerate(codes):
            row = {"topic": HOSTILE[0], "ms": NOON_MS, "code": code, "payload": bytes([number, 0, 255])}
            connection.execute(text(statement), row)
        connection.execute(text("INSERT INTO counters (name, writer, value) VALUES ('refused_bytes', '', 350)"))
    engine.dispose()
    upgrade(empty_url)
    records = SqlRecords(empty_url, SetClock())
    assert [item.code for item in records.refused()] == list(reversed(codes))
    again = records.refused_otherwise("now", 9, 10_000)
    assert [(item.code, item.payload) for item in again] == [
        ("decode.no_unit", b"\x00\x00\xff"),
        ("time.zone_unknown", b"\x02\x00\xff"),
    ]
    # And the program goes on from there.
    outcomes = [Outcome(again[0].id, dialect="json", readings=1, devices=HOSTILE), Outcome(again[1].id, "c", "r")]
    records.decoded_again(outcomes, "now", "ingest", "rules", NOON)
    assert records.refused_otherwise("now", 9, 10_000) == []
    assert [item.refused.id for item in records.understood_later()] == [again[0].id]
    records.add_refused([Refused(0, "t", NOON, "decode.no_unit", "", b"")], 360)
    assert records.refused_counts() == (5, 0)
    records.close()


def _closed(present: Event) -> Event:
    return event(present.id, present.subject, case=CaseState.CLOSED)


@pytest.mark.parametrize(
    "revision", [script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()]
)
def test_every_revision_leads_to_the_schema_of_the_program(empty_url: str, revision: str) -> None:
    upgrade(empty_url, revision)
    upgrade(empty_url)
    engine = open_engine(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []
        assert set(inspect(connection).get_table_names()) == {*METADATA.tables, "alembic_version"}
    engine.dispose()


def test_partial_uniqueness_is_in_the_database_and_not_only_in_the_program(empty_url: str) -> None:
    upgrade(empty_url)
    engine = open_engine(empty_url)
    query = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index'"
        if engine.dialect.name == "sqlite"
        else "SELECT indexname, indexdef FROM pg_indexes"
    )
    with engine.connect() as connection:
        definitions = {name: str(sql) for name, sql in connection.execute(text(query))}
    engine.dispose()
    for name, condition in (
        ("uq_events_not_closed", "closed"),
        ("uq_figures_present", "known_to_ms IS NULL"),
        ("uq_revisions_value", "value IS NOT NULL"),
        ("uq_revisions_no_value", "value IS NULL"),
    ):
        assert "UNIQUE" in definitions[name]
        assert condition in definitions[name].split("WHERE")[1]


def test_upgrading_again_changes_nothing(url: str) -> None:
    records = SqlRecords(url, SetClock())
    records.save_event(event(), entry())
    records.close()
    upgrade(url)
    records = SqlRecords(url, SetClock())
    assert records.events() == [event()]
    records.close()


def test_services_that_start_together_upgrade_once(empty_url: str) -> None:
    program = "import sys; from storage.migrate import upgrade; upgrade(sys.argv[1])"
    command = [sys.executable, "-c", program, empty_url]
    services = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    answers = [service.communicate(timeout=60)[1] for service in services]
    assert [service.returncode for service in services] == [0, 0, 0], answers
    records = SqlRecords(empty_url, SetClock())
    assert records.events() == []
    records.close()


def test_a_database_of_a_newer_program_is_refused_and_left_alone(empty_url: str) -> None:
    upgrade(empty_url)
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(VodaError) as refusal:
        upgrade(empty_url)
    assert refusal.value.code == "records.newer"
    assert "9999" in refusal.value.message
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    engine.dispose()


def test_a_migration_that_fails_leaves_the_database_as_it_was(empty_url: str) -> None:
    upgrade(empty_url, "0002")
    engine = open_engine(empty_url)
    with engine.begin() as connection:
        # The third revision stumbles over it at its end, after it has added a column.
        connection.execute(text("CREATE TABLE taken (n INTEGER)"))
        connection.execute(text("CREATE INDEX ix_figures_key ON taken (n)"))
    with pytest.raises(Exception, match="ix_figures_key"):
        upgrade(empty_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0002"
        columns = {column["name"] for column in inspect(connection).get_columns("dirty_hours")}
    assert "generation" not in columns
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE taken"))
    upgrade(empty_url)
    engine.dispose()


def test_a_new_revision_is_drafted_from_what_the_schema_has_more(tmp_path: Path) -> None:
    versions = tmp_path / "versions with 100% space"
    versions.mkdir()
    for file in VERSIONS.glob("000[12]_*.py"):
        shutil.copy(file, versions)
    drafted = draft("Say what was marked again", versions)
    assert drafted.parent == versions
    written = drafted.read_text()
    assert written.startswith('"""Say what was marked again."""')
    assert 'revision = "0003"\ndown_revision = "0002"\n' in written
    assert 'op.add_column("dirty_hours"' in written.replace("'", '"')
    assert "ix_figures_key" in written
    compile(written, str(drafted), "exec")
