"""Cursors and facts."""

from __future__ import annotations

from storage.records import SqlRecords
from tests.storage.records.samples import HOSTILE, SetClock


def test_cursors_are_remembered_by_name(records: SqlRecords) -> None:
    assert records.cursor("analysis") == ""
    records.set_cursor("analysis", '{"w1": 5}')
    records.set_cursor(HOSTILE[1], HOSTILE[2])
    records.set_cursor("analysis", '{"w1": 6}')
    assert records.cursor("analysis") == '{"w1": 6}'
    assert records.cursor(HOSTILE[1]) == HOSTILE[2]
    with records.detecting() as transaction:
        transaction.put_cursor("analysis", "7")
    assert records.cursor("analysis") == "7"


def test_facts_are_told_to_other_processes(records: SqlRecords, url: str) -> None:
    assert records.facts() == {}
    records.set_fact("ingest", {"at": "2026-11-24T12:00:00Z", "waiting": 0, "problem": HOSTILE[2], "oldest": None})
    records.set_fact("analysis", {"lag_s": 0.25})
    records.set_fact("analysis", {"lag_s": 0.5, "dirty": [1, {"a": True}]})
    elsewhere = SqlRecords(url, SetClock())
    assert elsewhere.facts() == {
        "ingest": {"at": "2026-11-24T12:00:00Z", "waiting": 0, "problem": HOSTILE[2], "oldest": None},
        "analysis": {"lag_s": 0.5, "dirty": [1, {"a": True}]},
    }
    elsewhere.close()
