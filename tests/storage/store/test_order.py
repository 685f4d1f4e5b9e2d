"""Order and batching of writes do not change what is read."""

from __future__ import annotations

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.quality import Quality
from models.reading import Reading
from models.store import Store
from tests.servers import Bucket, Influxd
from tests.storage.store.conftest import open_place
from tests.storage.store.rows import FAR_AHEAD, LONG_AGO, at, everything, told

DEVICES = ("a", "b\\", "c d")

numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)


def readings(values: st.SearchStrategy[float | None]) -> st.SearchStrategy[Reading]:
    return st.builds(
        Reading,
        st.sampled_from(DEVICES),
        st.sampled_from(["flow_m3h", "level_m"]),
        values,
        st.integers(0, 20).map(at),
        st.sampled_from(["payload", "received"]),
        st.sampled_from(list(Quality)),
        st.sampled_from([(), ("LEAK",), ("CLOCK", "LEAK")]),
        st.sampled_from(["own", ""]),
    )


def key_of(reading: Reading) -> tuple[object, ...]:
    return reading.device, reading.quantity, reading.time


one_value_a_key = st.lists(readings(numbers), unique_by=key_of, max_size=30)
any_values = st.lists(readings(st.sampled_from([1.0, 2.0, None])), max_size=30)


@st.composite
def batched(draw: st.DrawFn, rows: st.SearchStrategy[list[Reading]]) -> tuple[list[Reading], list[list[Reading]]]:
    """Rows, and the same in another order, in batches, some of them twice."""
    given_rows = draw(rows)
    again = draw(
        st.permutations(
            given_rows + draw(st.lists(st.sampled_from(given_rows), max_size=8) if given_rows else st.just([]))
        )
    )
    cuts = sorted(draw(st.lists(st.integers(0, len(again)), max_size=4)))
    return given_rows, [list(again[begin:end]) for begin, end in itertools.pairwise([0, *cuts, len(again)])]


def seen(store: Store) -> list[Reading]:
    return everything(store, DEVICES)


def values_of_keys(store: Store) -> dict[tuple[object, ...], set[float | None]]:
    """Of each key every value that ever came: the current one and its revisions."""
    result: dict[tuple[object, ...], set[float | None]] = {}
    for row in seen(store):
        result.setdefault(key_of(row), set()).add(row.value)
    for device, quantity in {(row.device, row.quantity) for row in seen(store)}:
        for other in store.revisions(device, quantity, LONG_AGO, FAR_AHEAD):
            result[other.device, other.quantity, other.time].add(other.value)
    return result


@pytest.fixture(params=["sqlite", "influx"])
def influx(request: pytest.FixtureRequest) -> Influxd | None:
    return request.getfixturevalue("influxd") if request.param == "influx" else None


def bucket_of(influxd: Influxd | None) -> Bucket | None:
    return influxd.new_bucket() if influxd else None


SETTINGS = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SETTINGS
@given(batched(one_value_a_key))
def test_what_is_read_does_not_depend_on_order_and_batches(
    influx: Influxd | None, rows: tuple[list[Reading], list[list[Reading]]]
) -> None:
    at_once, in_batches = rows
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        first, second = open_place(Path(one), bucket_of(influx)), open_place(Path(other), bucket_of(influx))
        first.store().write(at_once)
        for batch in in_batches:
            second.store(f"w{len(batch)}").write(batch)
        left, right = first.store("looks"), second.store("looks")
        assert seen(left) == seen(right) == sorted(at_once, key=lambda r: (r.device, r.time, r.quantity))
        assert left.readings_total() == right.readings_total() == len(at_once)
        assert left.last() == right.last()
        assert told(left) == told(right)
        first.close()
        second.close()


@SETTINGS
@given(batched(any_values))
def test_no_value_is_lost_whatever_came_first(
    influx: Influxd | None, rows: tuple[list[Reading], list[list[Reading]]]
) -> None:
    at_once, in_batches = rows
    expected: dict[tuple[object, ...], set[float | None]] = {}
    for row in at_once:
        expected.setdefault(key_of(row), set()).add(row.value)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        first, second = open_place(Path(one), bucket_of(influx)), open_place(Path(other), bucket_of(influx))
        written = first.store().write(at_once)
        store = second.store()
        for batch in in_batches:
            store.write(batch)
        assert values_of_keys(first.store("looks")) == values_of_keys(store) == expected
        assert written.new == store.readings_total() == len(expected)
        # Which value is the current one is the first that came.
        current = {key_of(row): row.value for row in seen(store)}
        assert current == {key_of(row): row.value for row in reversed([row for batch in in_batches for row in batch])}
        first.close()
        second.close()
