"""What every store does, SQLite's and InfluxDB's alike."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import numpy as np
import pytest

from models.errors import VodaError
from models.reading import Reading, Series, from_ms, to_ms
from models.rollup import NOTHING_ESTIMATED, Level, Period, Rollup, RollupSeries
from models.store import Store, Written
from tests.storage.store.place import Place, TestClock
from tests.storage.store.rows import FAR_AHEAD, HOSTILE, LONG_AGO, NOON, at, everything, marked, reading, series, told


def test_reads_what_was_written(store: Store) -> None:
    rows = [
        reading(minutes=0.00205, value=0.1 + 0.2),
        marked(),
        reading("other", -5, -1e-300),
        reading("other", 5, 1e300),
    ]
    assert store.write(rows) == Written(4, 0, 0)
    assert everything(store, ["12345678"]) == [rows[1], rows[0]]
    assert everything(store, ["other"]) == rows[2:]
    assert store.readings_total() == 4


def test_span_includes_its_start_and_excludes_its_end(store: Store) -> None:
    store.write([reading(minutes=m, value=m) for m in range(5)])
    found = store.readings("12345678", "flow_m3h", at(1), at(3))
    assert [row.value for row in found] == [1, 2]
    assert store.readings("12345678", "flow_m3h", at(1), at(1)) == []
    assert store.readings("12345678", "pressure_m", LONG_AGO, FAR_AHEAD) == []


def test_repeat_changes_nothing(store: Store) -> None:
    rows = [reading(minutes=m, value=m) for m in range(10)] + [marked()]
    store.write(rows)
    before = everything(store, ["12345678"])
    assert store.write(rows) == Written(0, 11, 0)
    assert store.write([rows[3], rows[3], rows[4]]) == Written(0, 3, 0)
    assert everything(store, ["12345678"]) == before
    assert store.readings_total() == 11
    assert store.revisions("12345678", "flow_m3h", LONG_AGO, FAR_AHEAD) == []


def test_first_value_stays_and_others_become_revisions(store: Store, clock: TestClock) -> None:
    store.write([reading(value=1.0)])
    clock.advance(minutes=1)
    assert store.write([reading(value=2.0, source="late"), reading(value=None)]) == Written(0, 0, 2)
    clock.advance(minutes=1)
    assert store.write([reading(value=2.0, source="late"), reading(value=None)]) == Written(0, 2, 0)
    assert everything(store, ["12345678"]) == [reading(value=1.0)]
    kept = store.revisions("12345678", "flow_m3h", NOON, at(1))
    assert [(row.value, row.source, row.time, row.known_at) for row in kept] == [
        (2.0, "late", NOON, at(1)),
        (None, "own", NOON, at(1)),
    ]
    assert store.revisions("12345678", "flow_m3h", at(1), at(2)) == []
    assert store.readings_total() == 1


def test_two_values_of_a_key_in_one_batch(store: Store) -> None:
    assert store.write([reading(value=1.0), reading(value=2.0), reading(value=1.0)]) == Written(1, 1, 1)
    assert [row.value for row in everything(store, ["12345678"])] == [1.0]


def test_no_value_and_not_a_number_are_the_same(store: Store) -> None:
    assert store.write([reading(value=None)]) == Written(1, 0, 0)
    assert store.write([reading(value=float("nan")), reading(value=float("inf"))]) == Written(0, 2, 0)
    assert store.write([reading(value=0.0)]) == Written(0, 0, 1)
    assert everything(store, ["12345678"]) == [reading(value=None)]


def test_late_rows_fall_into_their_place(store: Store) -> None:
    minutes = list(range(0, 200, 2))
    store.write([reading(minutes=m, value=m) for m in minutes])
    late = list(range(1, 200, 2))
    random.Random(3).shuffle(late)
    assert store.write([reading(minutes=m, value=m) for m in late]) == Written(100, 0, 0)
    assert [row.value for row in everything(store, ["12345678"])] == list(range(200))


def test_before_after_last(store: Store) -> None:
    store.write([reading(minutes=m, value=m) for m in (0, 10, 20)] + [marked(minutes=10)])
    key = ("12345678", "flow_m3h")
    assert store.before(*key, at(10)) == reading(minutes=0, value=0)
    assert store.before(*key, at(10.01)) == reading(minutes=10, value=10)
    assert store.before(*key, at(0)) is None
    assert store.after(*key, at(10)) == reading(minutes=10, value=10)
    assert store.after(*key, at(10.01)) == reading(minutes=20, value=20)
    assert store.after(*key, at(20.01)) is None
    assert store.before("nobody", "flow_m3h", FAR_AHEAD) is None
    marks = marked(minutes=10)
    assert store.before("12345678", "volume_m3", FAR_AHEAD) == marks
    assert store.last() == {key: reading(minutes=20, value=20), ("12345678", "volume_m3"): marks}
    assert store.last([key, ("nobody", "flow_m3h")]) == {key: reading(minutes=20, value=20)}
    assert store.last([]) == {}


def test_newest_is_by_time_and_not_by_arrival(store: Store) -> None:
    store.write([reading(minutes=20, value=20)])
    store.write([reading(minutes=10, value=10)])
    assert store.last()["12345678", "flow_m3h"].value == 20
    before = store.before("12345678", "flow_m3h", FAR_AHEAD)
    assert before is not None
    assert before.value == 20


def test_series_gives_columns_in_the_keys_order(store: Store) -> None:
    store.write([reading("a", m, m) for m in range(3)] + [reading("b", 1, None), marked("b", 2)])
    keys = [("b", "volume_m3"), ("nobody", "flow_m3h"), ("a", "flow_m3h"), ("b", "flow_m3h")]
    found = store.series(keys, at(1), at(10))
    assert [(item.device, item.quantity) for item in found] == keys
    assert [len(item.time_ms) for item in found] == [1, 0, 2, 1]
    assert [str(column.dtype) for column in found[2][2:5]] == ["int64", "float64", "int8"]
    assert found[2].time_ms.tolist() == [to_ms(at(1)), to_ms(at(2))]
    assert found[2].value.tolist() == [1.0, 2.0]
    assert np.isnan(found[3].value).tolist() == [True]
    assert found[0].quality.tolist() == [3]
    assert found[2].source == "own"


def test_bulk_equals_single_writes(place: Place) -> None:
    store = place.store("bulk")
    bulk = series("bulk", 0, 2000)
    assert store.write_series([bulk, series("empty", 0, 0)]) == Written(2000, 0, 0)
    rows = [
        Reading("single", "volume_m3", value, from_ms(time_ms), source="import")
        for time_ms, value in zip(bulk.time_ms.tolist(), bulk.value.tolist(), strict=True)
    ]
    random.Random(7).shuffle(rows)
    for begin in range(0, len(rows), 300):
        store.write(rows[begin : begin + 300])
    assert everything(store, ["single"]) == [row._replace(device="single") for row in everything(store, ["bulk"])]
    one, other = store.series([("bulk", "volume_m3"), ("single", "volume_m3")], LONG_AGO, FAR_AHEAD)
    assert one.time_ms.tolist() == other.time_ms.tolist() == bulk.time_ms.tolist()
    assert one.value.tolist() == other.value.tolist() == bulk.value.tolist()
    assert store.readings_total() == 4000
    assert told(store)["bulk", "volume_m3"] == told(store)["single", "volume_m3"]


def test_bulk_over_what_is_there(store: Store) -> None:
    store.write_series([series("d", 0, 100)])
    store.write([reading("d", 60 * 150, 150 / 8, "volume_m3"), reading("d", 60 * 160, -1.0, "volume_m3")])
    assert store.write_series([series("d", 50, 150)]) == Written(98, 51, 1)
    found = store.series([("d", "volume_m3")], LONG_AGO, FAR_AHEAD)[0]
    assert len(found.time_ms) == 200
    assert found.value[160] == -1.0
    assert [row.value for row in store.revisions("d", "volume_m3", LONG_AGO, FAR_AHEAD)] == [20.0]
    assert store.readings_total() == 200


def test_bulk_with_gaps_in_value_and_qualities(store: Store) -> None:
    times = np.array([to_ms(at(m)) for m in range(4)], np.int64)
    given = Series("d", "level_m", times, np.array([1, np.nan, 3, np.inf]), np.array([1, 9, 3, 4], np.int8), "x")
    assert store.write_series([given]) == Written(4, 0, 0)
    assert store.write_series([given]) == Written(0, 4, 0)
    found = store.readings("d", "level_m", LONG_AGO, FAR_AHEAD)
    assert [(row.value, int(row.quality), row.source) for row in found] == [
        (1, 1, "x"),
        (None, 9, "x"),
        (3, 3, "x"),
        (None, 4, "x"),
    ]


def test_hostile_names(store: Store) -> None:
    rows = [
        Reading(name, "flow_m3h", float(i), at(i), flags=(name,) if name else (), source=name)
        for i, name in enumerate(HOSTILE)
    ]
    rows += [Reading("plain", name, float(i), at(i)) for i, name in enumerate(HOSTILE)]
    assert store.write(rows) == Written(len(rows), 0, 0)
    assert store.write(rows) == Written(0, len(rows), 0)
    for row in rows:
        assert store.readings(row.device, row.quantity, LONG_AGO, FAR_AHEAD) == [row]
    assert store.last() == {(row.device, row.quantity): row for row in rows}
    assert set(told(store)) == {(row.device, row.quantity) for row in rows}
    assert len(store.series([(row.device, row.quantity) for row in rows], LONG_AGO, FAR_AHEAD)) == len(rows)
    assert store.write([row._replace(value=-1.0) for row in rows]) == Written(0, 0, len(rows))
    assert len(store.revisions("a\nnewline", "flow_m3h", LONG_AGO, FAR_AHEAD)) == 1


def test_what_no_database_can_keep_becomes_a_replacement_character(store: Store) -> None:
    store.write([reading("nul\x00 half\ud800")])
    assert store.last() == {("nul\ufffd half\ufffd", "flow_m3h"): reading("nul\ufffd half\ufffd")}
    assert len(store.readings("nul\x00 half\ud800", None, LONG_AGO, FAR_AHEAD)) == 1
    assert list(told(store)) == [("nul\ufffd half\ufffd", "flow_m3h")]


def test_survives_a_restart(place: Place) -> None:
    place.store().write([reading(minutes=m, value=m) for m in range(10)])
    cursor = place.store("reader").head()
    place.close()
    store = place.store()
    assert store.write([reading(minutes=m, value=m) for m in range(5, 15)]) == Written(5, 5, 0)
    assert [row.value for row in everything(store, ["12345678"])] == list(range(15))
    assert store.readings_total() == 15
    assert told(store, cursor)["12345678", "flow_m3h"][1] == at(14)


def test_two_writers_see_each_other(place: Place) -> None:
    one, other = place.store("one"), place.store("other")
    one.write([reading(minutes=m, value=m) for m in range(5)])
    assert other.write([reading(minutes=m, value=m) for m in range(3, 8)]) == Written(3, 2, 0)
    assert one.write([reading(minutes=7, value=70), reading(minutes=8, value=8)]) == Written(1, 0, 1)
    assert [row.value for row in everything(other, ["12345678"])] == list(range(9))
    assert one.readings_total() == other.readings_total() == 9


def test_feed_tells_ranges_after_a_cursor(store: Store, clock: TestClock) -> None:
    assert store.head() == ""
    assert store.changes("").ranges == []
    store.write([reading("a", m) for m in (3, 1, 2)] + [reading("b", 5)])
    first = store.changes("")
    assert {(c.device, c.quantity): (c.first, c.last, c.known_at) for c in first.ranges} == {
        ("a", "flow_m3h"): (at(1), at(3), clock.now()),
        ("b", "flow_m3h"): (at(5), at(5), clock.now()),
    }
    assert first.cursor == store.head()
    clock.advance(hours=1)
    store.write([reading("a", 4)])
    second = store.changes(first.cursor)
    assert [(c.device, c.first, c.known_at) for c in second.ranges] == [("a", at(4), clock.now())]
    assert store.changes(second.cursor).ranges == []


def test_feed_keeps_to_the_limit_and_misses_nothing(place: Place) -> None:
    many, few = place.store("many"), place.store("few")
    many.write([reading(f"m{i}") for i in range(50)])
    few.write([reading(f"f{i}") for i in range(3)])
    cursor, seen, calls = "", [], 0
    while (news := many.changes(cursor, 10)).ranges:
        assert len(news.ranges) <= 10
        seen += [change.device for change in news.ranges]
        cursor, calls = news.cursor, calls + 1
        if calls == 1:
            # A backlog does not push another writer's news aside.
            assert {"f0", "f1", "f2"} <= set(seen)
    assert sorted(seen) == sorted([f"m{i}" for i in range(50)] + [f"f{i}" for i in range(3)])
    assert calls == 6


def test_slow_writer_is_not_skipped(place: Place) -> None:
    quick, slow = place.store("quick"), place.store("slow")
    slow.write([reading("s", 0)])
    quick.write([reading("q", m) for m in range(3)])
    cursor = quick.changes("").cursor
    for minute in range(3, 6):
        quick.write([reading("q", minute)])
        cursor = quick.changes(cursor).cursor
    slow.write([reading("s", 1)])
    assert [change.device for change in quick.changes(cursor).ranges] == ["s"]


def test_cursor_that_is_none_says_so(store: Store) -> None:
    with pytest.raises(VodaError, match=r"store\.cursor"):
        store.changes("yesterday")


def test_cursor_of_another_database_does_not_stop_the_feed(store: Store) -> None:
    store.write([reading("a")])
    cursor = store.changes('{"gone":5,"ingest":1000000}').cursor
    assert cursor == store.head()
    store.write([reading("b")])
    assert [change.device for change in store.changes(cursor).ranges] == ["b"]


def rollup(subject: str, hour: int, value: float | None = 1.0, **more: float | None) -> Rollup:
    return Rollup("zone", subject, "hour", "net_inflow_m3h", at(60 * hour), value, **more)  # type: ignore[arg-type]


def test_rollups_are_read_by_subject_and_replaced(store: Store) -> None:
    rows = [
        rollup(zone, hour, hour, minimum=hour - 1, maximum=None, coverage=0.5, estimated=hour / 8)
        for zone in "ab"
        for hour in range(5)
    ]
    store.write_rollups(iter(rows))
    args: tuple[Period, str, datetime, datetime] = ("hour", "net_inflow_m3h", at(60), at(240))
    assert store.rollups("zone", ["a"], *args) == {"a": rows[1:4]}
    assert store.rollups("zone", None, *args) == {"a": rows[1:4], "b": rows[6:9]}
    assert store.rollups("zone", ["b", "nobody"], *args) == {"b": rows[6:9], "nobody": []}
    assert store.rollups("point", None, *args) == {}
    assert store.rollups("zone", None, "day", "net_inflow_m3h", at(0), at(240)) == {}
    emptied = [rollup("a", 2, None, coverage=0.0), rollup("a", 3, 7.0, minimum=6.0, maximum=8.0)]
    store.write_rollups(emptied)
    assert store.rollups("zone", ["a"], *args) == {"a": [rows[1], *emptied]}
    store.write_rollups([rollup("a", 3, 1.0), rollup("a", 3, 2.0)])
    assert store.rollups("zone", ["a"], *args)["a"][2] == rollup("a", 3, 2.0)


def test_rollups_of_hostile_subjects(store: Store) -> None:
    rows = [rollup(name, i % 3, float(i)) for i, name in enumerate(HOSTILE)]
    store.write_rollups(rows)
    assert store.rollups("zone", None, "hour", "net_inflow_m3h", at(0), at(240)) == {row.subject: [row] for row in rows}
    some = [row.subject for row in rows[:20]]
    assert list(store.rollups("zone", some, "hour", "net_inflow_m3h", at(0), at(240))) == some


def test_many_subjects_and_keys_at_once(store: Store) -> None:
    names = [f"z{i:03d}" for i in range(120)]
    store.write_rollups([rollup(name, hour) for name in names for hour in range(3)])
    found = store.rollups("zone", names, "hour", "net_inflow_m3h", at(0), at(120))
    assert list(found) == names
    assert all(len(rows) == 2 for rows in found.values())
    store.write([reading(name, i) for i, name in enumerate(names)])
    keys = [(name, "flow_m3h") for name in names]
    assert [item.time_ms.tolist() for item in store.series(keys, LONG_AGO, FAR_AHEAD)] == [
        [to_ms(at(i))] for i in range(120)
    ]
    assert len(store.last(keys)) == 120


def test_old_and_future_times(store: Store) -> None:
    moments = [NOON - timedelta(days=365 * 60), NOON, NOON + timedelta(days=365 * 60)]
    store.write([Reading("d", "level_m", 1.0, moment) for moment in moments])
    start, end = NOON - timedelta(days=365 * 2000), NOON + timedelta(days=365 * 2000)
    assert [row.time for row in store.readings("d", None, start, end)] == moments
    last = store.last()["d", "level_m"]
    assert last.time == moments[-1]


def test_healthy(store: Store) -> None:
    assert store.healthy() == ""


def columns(subject: str, hours: int) -> RollupSeries:
    times = np.array([to_ms(at(60 * hour)) for hour in range(hours)], np.int64)
    numbers = np.arange(float(hours))
    gaps = np.where(numbers == 1, np.nan, numbers)
    key: tuple[Level, str, Period, str] = ("point", subject, "hour", "consumption_m3")
    return RollupSeries(*key, times, gaps, gaps - 1, gaps + np.inf, numbers / 100, numbers / 64)


def test_rollups_from_columns_equal_single_ones(store: Store) -> None:
    given = [columns(f"p{i}", 50) for i in range(5)]
    store.write_rollup_series(iter(given))
    expected = {one.subject: [row._replace(maximum=None) for row in one.rows()] for one in given}
    assert store.rollups("point", None, "hour", "consumption_m3", at(0), at(60 * 50)) == expected
    assert [row.estimated for row in expected["p0"][:3]] == [0, 1 / 64, 2 / 64]
    measured = given[4]._replace(estimated=NOTHING_ESTIMATED)
    store.write_rollup_series([measured])
    again = store.rollups("point", ["p4"], "hour", "consumption_m3", at(0), at(60 * 50))["p4"]
    assert again == [row._replace(estimated=0.0) for row in expected["p4"]]
    store.write_rollups(row._replace(value=7.0) for row in expected["p3"])
    store.write_rollup_series([given[3]])
    assert store.rollups("point", ["p3"], "hour", "consumption_m3", at(0), at(60 * 50)) == {"p3": expected["p3"]}
