"""Verdicts and edits, on SQLite and PostgreSQL."""

from __future__ import annotations

import numpy as np
from sqlalchemy import text

from models.edits import Joiner
from models.quality import Quality
from models.reading import Series, to_ms
from models.validation.flags import DAY_MS, Flag
from models.verdict import Edit, EditKind, Judgements, Judging
from storage.engine import open_engine
from storage.migrate import upgrade
from storage.records import SqlRecords
from tests.storage.records.samples import DAY, HOSTILE, HOUR, NOON, SetClock

NOON_MS = to_ms(NOON)
START_MS = NOON_MS // DAY_MS * DAY_MS
SPAN = (NOON - DAY, NOON + DAY)


def judging(*flags: Flag, device: str = "1", test: str = "spike") -> Judging:
    return Judging(device, "flow_m3h", test, START_MS, START_MS + DAY_MS, flags)


def flag(last_ms: int = 0, value: float = 9.0, quality: Quality = Quality.FAIL) -> Flag:
    return Flag(NOON_MS, NOON_MS + last_ms, quality, "spike", (("value", value), ("of", "x")))


def test_what_is_said_comes_back_and_saying_it_again_changes_nothing(records: SqlRecords) -> None:
    said = [judging(flag(), device=device) for device in HOSTILE]
    assert records.judge(said) == len(HOSTILE)
    version = records.judgements_version()
    assert records.judge(said) == 0
    assert records.judgements_version() == version
    for device in HOSTILE:
        found = records.verdicts(device, *SPAN)
        assert [(one.test, one.first_ms, one.quality, one.values, one.known_from) for one in found] == [
            ("spike", NOON_MS, Quality.FAIL, (("value", 9.0), ("of", "x")), NOON)
        ]


def test_a_verdict_that_grows_is_extended_and_one_that_changes_is_superseded(
    records: SqlRecords, clock: SetClock
) -> None:
    records.judge([judging(flag(10))])
    clock.moment = NOON + HOUR
    assert records.judge([judging(flag(20, value=8.0))]) == 1
    grown = records.verdicts("1", *SPAN)
    assert [(one.last_ms - NOON_MS, one.values[0], one.known_from) for one in grown] == [(20, ("value", 8.0), NOON)]
    clock.moment = NOON + 2 * HOUR
    assert records.judge([judging(flag(20, quality=Quality.SUSPECT))]) == 2
    assert [one.quality for one in records.verdicts("1", *SPAN)] == [Quality.SUSPECT]
    assert [one.quality for one in records.verdicts("1", *SPAN, known_at=NOON + HOUR)] == [Quality.FAIL]
    clock.moment = NOON + 3 * HOUR
    assert records.judge([judging()]) == 1
    assert records.verdicts("1", *SPAN) == []
    assert [one.quality for one in records.verdicts("1", *SPAN, known_at=NOON + 2 * HOUR)] == [Quality.SUSPECT]


def test_a_judging_replaces_only_what_its_own_test_said_in_its_own_span(records: SqlRecords) -> None:
    before = Flag(START_MS - 5, START_MS + 5, Quality.MISSING, "gap")
    records.judge([Judging("1", "flow_m3h", "gap", START_MS - DAY_MS, START_MS, (before,)), judging(flag())])
    records.judge([judging(), judging(device="2", test="gap"), judging(test="gap")])
    assert [one.test for one in records.verdicts("1", *SPAN)] == ["gap"]


def test_doubted_series_are_those_with_a_present_verdict(records: SqlRecords) -> None:
    records.judge([judging(flag()), judging(flag(quality=Quality.SUSPECT), device="2")])
    records.judge([judging(Flag(NOON_MS, NOON_MS, Quality.UNKNOWN, "flat"), device="3")])
    assert records.doubted(NOON - HOUR) == {("1", "flow_m3h"): Quality.FAIL, ("2", "flow_m3h"): Quality.SUSPECT}
    assert records.doubted(NOON + HOUR) == {}
    records.judge([judging()])
    assert list(records.doubted(NOON - HOUR)) == [("2", "flow_m3h")]


def edit(kind: EditKind = EditKind.REPLACE, value: float | None = 5.5) -> Edit:
    return Edit("1", "flow_m3h", NOON_MS, NOON_MS + 10, kind, value, HOSTILE[0], NOON, HOSTILE[1])


def test_an_edit_is_kept_and_can_be_undone_once(records: SqlRecords) -> None:
    made = records.add_edit(edit())
    assert records.edits("1") == [made]
    assert made.id
    undone = records.undo_edit(made.id, "Jan", "it was right", NOON + HOUR)
    assert undone == made._replace(undone_by="Jan", undone_at=NOON + HOUR, undone_why="it was right")
    assert records.edits("1") == [undone]
    assert records.undo_edit(made.id, "Jan", "again", NOON + HOUR) is None
    assert records.undo_edit(999, "Jan", "no such", NOON) is None


def test_a_joiner_that_learns_changes_says_what_one_that_learns_all_says(records: SqlRecords) -> None:
    series = Series(
        "1", "flow_m3h", NOON_MS + np.arange(0, 40, 5), np.arange(8.0), np.array([1, 1, 2, 3, 1, 1, 1, 1], np.int8)
    )
    follower = Joiner()

    def both() -> tuple[list[int], list[float]]:
        follower.learn(records.judgements(follower.version))
        anew = Joiner()
        anew.learn(records.judgements(0))
        assert follower.version == anew.version == records.judgements_version()
        told, other = follower.join(series), anew.join(series)
        assert (told.quality.tolist(), told.value.tolist()) == (other.quality.tolist(), other.value.tolist())
        return told.quality.tolist(), told.value.tolist()

    assert both()[0] == [1, 1, 2, 3, 1, 1, 1, 1]
    records.judge([judging(flag(10))])
    assert both()[0] == [4, 4, 4, 3, 1, 1, 1, 1]
    first = records.add_edit(edit())
    assert both() == ([5, 5, 5, 3, 1, 1, 1, 1], [5.5, 5.5, 5.5, 3, 4, 5, 6, 7])
    second = records.add_edit(edit(EditKind.ACCEPT, None)._replace(first_ms=NOON_MS + 15, last_ms=NOON_MS + 15))
    assert both()[0] == [5, 5, 5, 1, 1, 1, 1, 1]
    records.judge([judging(flag(25))])
    assert both()[0] == [5, 5, 5, 1, 4, 4, 1, 1]
    records.undo_edit(first.id, "x", "y", NOON)
    records.undo_edit(second.id, "x", "y", NOON)
    assert both() == ([4, 4, 4, 4, 4, 4, 1, 1], list(range(8)))
    records.judge([judging()])
    assert both()[0] == [1, 1, 2, 3, 1, 1, 1, 1]


def test_a_database_of_the_sixth_revision_keeps_its_figures_and_takes_verdicts(empty_url: str) -> None:
    upgrade(empty_url, "0006")
    engine = open_engine(empty_url)
    columns = "level, subject, period, quantity, time_ms, value, coverage, reason, known_from_ms"
    statement = f"INSERT INTO figures ({columns}) VALUES ('zone', :name, 'day', 'nrw_m3', :ms, 2.5, 1.0, '', :ms)"
    with engine.begin() as connection:
        connection.execute(text(statement), [{"name": name, "ms": NOON_MS} for name in HOSTILE])
        connection.execute(text("INSERT INTO counters (name, writer, value) VALUES ('events', '', 7)"))
    engine.dispose()
    upgrade(empty_url)
    records = SqlRecords(empty_url, SetClock())
    figures = records.figures("zone", None, "day", "nrw_m3", *SPAN)
    assert [(figure.subject, figure.value) for figure in figures] == [(name, 2.5) for name in sorted(HOSTILE)]
    assert records.judgements(0) == Judgements({}, {}, 0)
    assert records.judge([judging(flag())]) == 1
    made = records.add_edit(edit())
    assert (list(records.judgements(0).edits), records.judgements_version()) == ([made.id], 2)
    records.close()
