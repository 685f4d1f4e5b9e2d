"""A reading depends on seed, time and command log alone, however the time around it is cut."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.simulator.commands import Command
from ingest.simulator.gauges import Gauges
from ingest.simulator.instruments import Pace
from ingest.simulator.waterworks import Waterworks
from models.reading import Series
from models.registry import Region

START = datetime(2026, 10, 20, tzinfo=UTC).timestamp()
DAY = 86_400.0
PACES: tuple[Pace, ...] = ("often", "hourly", "daily")


def _read(gauges: Gauges, device: int, start_s: float, end_s: float, thin: bool = False) -> dict[str, Series]:
    item = gauges.instruments[device]
    span = gauges.span(start_s, end_s)
    found: dict[str, Series] = {}
    for pace in PACES:
        for readings in gauges.readings(item, pace, start_s, end_s, span, thin):
            found[readings.quantity] = gauges.series(item, readings)
    return found


@pytest.fixture(scope="module")
def kinds(gauges: Gauges) -> list[int]:
    """Places of some devices of each kind, in towns of each dialect."""
    seen: dict[tuple[str, str], int] = {}
    for place, item in enumerate(gauges.instruments):
        seen.setdefault((item.device.kind, item.route.dialect), place)
    inside = {item.point.zone for item in gauges.instruments if item.device.kind == "tank_station"} - {""}
    more = [place for place, item in enumerate(gauges.instruments) if item.point.zone in inside]
    return [*seen.values(), *more]


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(1, 7 * 24 * 60 - 1), min_size=1, max_size=3, unique=True))
def test_cutting_a_span_changes_nothing(gauges: Gauges, kinds: list[int], cuts: list[int]) -> None:
    marks = [0.0, *(60.0 * cut for cut in sorted(cuts)), 7 * DAY]
    for device in kinds[:: max(len(kinds) // 6, 1)]:
        whole = _read(gauges, device, START, START + 7 * DAY)
        parts = [_read(gauges, device, START + begin, START + end) for begin, end in itertools.pairwise(marks)]
        for quantity, series in whole.items():
            pieces = [part[quantity] for part in parts if quantity in part]
            np.testing.assert_array_equal(np.concatenate([piece.time_ms for piece in pieces]), series.time_ms)
            np.testing.assert_array_equal(np.concatenate([piece.value for piece in pieces]), series.value)


def test_another_run_says_the_same_and_another_seed_does_not(gauges: Gauges, sample: Region, kinds: list[int]) -> None:
    again, other = Gauges(Waterworks(sample, 1)), Gauges(Waterworks(sample, 2))
    other.span(START, START + DAY)
    differing = 0
    for device in kinds:
        first = _read(gauges, device, START, START + DAY)
        second = _read(again, device, START, START + DAY)
        assert first.keys() == second.keys()
        for quantity, series in first.items():
            np.testing.assert_array_equal(series.value, second[quantity].value)
        third = _read(other, device, START, START + DAY)
        differing += any(
            quantity not in third or not np.array_equal(series.value, third[quantity].value)
            for quantity, series in first.items()
        )
    assert differing > len(kinds) * 0.9


def test_a_command_changes_nothing_before_it(gauges: Gauges, sample: Region, kinds: list[int]) -> None:
    moment = datetime.fromtimestamp(START + 3 * DAY + 7 * 3600 + 131.5, UTC)
    zones = {gauges.instruments[device].point.zone for device in kinds} - {""}
    burst = Gauges(Waterworks(sample, 1, [Command(moment, "burst", zone, 60.0) for zone in sorted(zones)]))
    for device in kinds:
        before = _read(gauges, device, START, moment.timestamp())
        with_it = _read(burst, device, START, moment.timestamp())
        for quantity, series in before.items():
            np.testing.assert_array_equal(series.value, with_it[quantity].value)
    flow_meter = next(d for d in kinds if gauges.instruments[d].device.kind == "flow_meter")
    after = [_read(one, flow_meter, START + 4 * DAY, START + 5 * DAY)["flow_m3h"] for one in (gauges, burst)]
    assert after[1].value.mean() > after[0].value.mean() + 15


def test_history_runs_on_into_live_without_a_jump(gauges: Gauges) -> None:
    """Registers where hourly history meets what is raw, and where a meter is changed."""
    edge = START + 3 * DAY
    for place, item in enumerate(gauges.instruments):
        if "volume_m3" not in item.quantities("hourly") or place % 7:
            continue
        old = _read(gauges, place, edge - 5 * 3600, edge, thin=True).get("volume_m3")
        new = _read(gauges, place, edge, edge + 5 * 3600).get("volume_m3")
        if old is None or new is None:
            continue
        step = new.value[0] - old.value[-1]
        hours = (new.time_ms[0] - old.time_ms[-1]) / 3_600_000
        assert 0 <= step <= 1.25 * (item.device.q3_m3h or 1000.0) * hours, item.device.device


def test_swapped_meters_end_and_begin_at_the_files_indexes(gauges: Gauges, sample: Region) -> None:
    swapped = [item for item in sample.assignments if item.final_index_m3 is not None]
    assert len(swapped) >= 10
    for old in swapped:
        assert old.end is not None
        new = next(item for item in sample.assignments_of_point[old.point] if item.start == old.end)
        by_device = {item.device.device: item for item in gauges.instruments}
        moment = old.end.timestamp()
        span = gauges.span(moment, moment)
        register = gauges.register_m3(by_device[old.device], np.array([moment]), span)[0]
        resolution = (sample.device[old.device].litres_per_pulse or 1.0) / 1000.0
        assert old.final_index_m3 is not None
        assert register == pytest.approx(old.final_index_m3, abs=resolution)
        register = gauges.register_m3(by_device[new.device], np.array([moment]), span)[0]
        assert register == pytest.approx(new.first_index_m3, abs=resolution)


def test_a_moment_years_ahead_costs_no_more_than_its_own_day(gauges: Gauges) -> None:
    """Once the days until then are summed up, which is done once."""
    far = datetime(2027, 11, 3, 12, tzinfo=UTC)
    gauges.works.ledger(int(far.timestamp() // DAY))
    begin = time.perf_counter()
    found = _read(gauges, 0, far.timestamp(), (far + timedelta(hours=1)).timestamp())
    assert found
    assert time.perf_counter() - begin < 2.0
