"""Meters that err: by type and year together, within what is permitted, the same all their life."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime

import numpy as np
import pytest

from ingest.simulator.gauges import Gauges
from ingest.simulator.meter_errors import OWN_PCT, PERMITTED_PCT, MeterErrors
from models.registry import Region

START = datetime(2026, 10, 20, tzinfo=UTC).timestamp()
WEEK = 7 * 86_400.0


@pytest.fixture(scope="module")
def erring(gauges: Gauges) -> Gauges:
    return Gauges(gauges.works, MeterErrors(5))


def test_a_register_and_a_flow_run_fast_or_slow_by_the_meters_error(gauges: Gauges, erring: Gauges) -> None:
    span = gauges.span(START, START + WEEK)
    ends = np.array([START, START + WEEK])
    looked_at = 0
    for exact, item in zip(gauges.instruments, erring.instruments, strict=True):
        if item.device.kind not in PERMITTED_PCT or item.in_place[0] > START or item.in_place[1] < START + WEEK:
            continue
        true, counted = (np.diff(one.register_m3(i, ends, span))[0] for one, i in ((gauges, exact), (erring, item)))
        resolution = (item.device.litres_per_pulse or 1.0) / 1000.0
        wrap = 10.0 ** (item.device.register_digits or 9)
        assert counted % wrap == pytest.approx((true % wrap) * (1.0 + item.error), abs=2 * resolution + 1e-6)
        looked_at += 1
        if item.device.kind == "flow_meter" and looked_at % 9 == 0:
            pairs = ((gauges, exact), (erring, item))
            flows = [next(one.readings(i, "often", START, START + 3600, span)).said for one, i in pairs]
            assert flows[1].mean() == pytest.approx(flows[0].mean() * (1.0 + item.error), rel=2e-3, abs=0.02)
    assert looked_at > 500


def test_what_is_no_meter_is_exact(erring: Gauges) -> None:
    assert {item.error for item in erring.instruments if item.device.kind not in PERMITTED_PCT} == {0.0}


def test_meters_of_a_type_and_year_share_their_error(sample: Region) -> None:
    draws: dict[tuple[str, str, int], list[list[float]]] = defaultdict(list)
    for device in sample.devices[::6]:
        if device.kind in PERMITTED_PCT:
            year = sample.assignments_of_device[device.device][0].start.year
            errors = [MeterErrors(seed).relative(device, year) * 100.0 for seed in range(150)]
            draws[device.kind, device.type, year].append(errors)
    for (kind, *_), found in draws.items():
        table = np.array(found)
        permitted = PERMITTED_PCT[kind]
        assert np.abs(table).max() <= permitted + 4.3 * OWN_PCT
        # Rectangular: its standard deviation is the limit over the root of three.
        assert table.mean(axis=0).std() == pytest.approx(permitted / 3**0.5, rel=0.25)
        if len(table) > 3:
            assert table.std(axis=0, ddof=1).mean() == pytest.approx(OWN_PCT, rel=0.4)


def test_gaps_are_drawn_anew_only_where_asked(gauges: Gauges) -> None:
    with_gaps = Gauges(gauges.works, MeterErrors(5, fault_seed=99))
    times = START + 3600.0 * np.arange(24 * 60)
    silent = [
        np.stack([item.faults.silent(times) for item in one.instruments[:40]])
        for one in (gauges, Gauges(gauges.works, MeterErrors(5)), with_gaps)
    ]
    assert (silent[0] == silent[1]).all()
    assert (silent[0] != silent[2]).any()
