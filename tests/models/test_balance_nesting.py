"""Zones in zones and zones beside zones: what is lost is lost once, transfers cancel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.balance import Amount, balance
from models.boundary import boundary
from models.calendar import HOUR_MS, month_bounds
from models.quality import Quality
from models.reading import Series, to_ms
from models.registry import Region
from models.zone_flow import net_volumes
from tests.models.towns import REGION

START, END = month_bounds(2026, 5, REGION.tz)
EDGES = to_ms(START) + np.arange(25, dtype=np.int64) * HOUR_MS
FLOWS = st.fixed_dictionaries(
    {name: st.floats(0.0, 100.0) for name in ("a-in", "a-b", "a1-a2", "a-inner", "b-in", "b-out")}
)
DRY = replace(REGION, reservoirs=())


def series(flows: dict[str, float]) -> dict[tuple[str, str], Series]:
    """Registers of every boundary point, whole litres an hour."""
    time = np.concatenate([[EDGES[0] - HOUR_MS], EDGES])
    good = np.full(time.size, int(Quality.GOOD), np.int8)
    return {
        (f"d-{point}", "volume_m3"): Series(
            f"d-{point}", "volume_m3", time, np.arange(time.size) * round(flow, 3), good
        )
        for point, flow in flows.items()
    }


def net(region: Region, level: str, subject: str, flows: dict[str, float]) -> float:
    """Net input of a day."""
    around = boundary(region, level, subject, START)  # type: ignore[arg-type] # a plain word
    found = net_volumes(region, around, series(flows), EDGES)
    return float(found.volume_m3.sum())


@given(FLOWS)
@settings(max_examples=20, deadline=None)
def test_transfers_cancel(flows: dict[str, float]) -> None:
    flow = {name: round(value, 3) for name, value in flows.items()}
    a1, a2, b1 = (net(DRY, "zone", zone, flows) for zone in ("a1", "a2", "b1"))
    town_a, town_b = net(DRY, "municipality", "A", flows), net(DRY, "municipality", "B", flows)
    assert a1 == pytest.approx(24 * (flow["a-in"] - flow["a-b"] - flow["a1-a2"]), abs=1e-6)
    assert town_a == pytest.approx(a1 + a2, abs=1e-6)
    assert net(DRY, "region", "Kraj", flows) == pytest.approx(town_a + town_b, abs=1e-6)
    assert town_b == pytest.approx(b1, abs=1e-6)


volumes = st.floats(0.0, 1e4)


@given(volumes, volumes, st.tuples(volumes, volumes, volumes, volumes), volumes)
def test_children_s_losses_and_those_of_unzoned_mains_are_the_parent_s(
    whole: float, inner: float, used: tuple[float, float, float, float], own: float
) -> None:
    # Parent a1 (three connections) contains a11 (two): a1-h1, a1-o1 stand on its own ground, a11-h1, a11-h2 inside.
    zones = tuple(replace(zone, connections=4) if zone.zone == "a1" else zone for zone in DRY.zones)
    region = replace(DRY, zones=zones, operations=())
    names = ("a1-h1", "a1-o1", "a11-h1", "a11-h2")
    use = {name: Amount(volume, 1.0) for name, volume in zip(names, used, strict=True)} | {"a1-own": Amount(own, 1.0)}
    parent = balance(region, "zone", "a1", START, END, Amount(whole, 1.0), use)
    child = balance(region, "zone", "a11", START, END, Amount(inner, 1.0), use)
    unzoned = (whole - inner) - used[0] - used[1] - own
    assert parent.losses_m3 is not None
    assert child.losses_m3 is not None
    assert child.losses_m3 + unzoned == pytest.approx(parent.losses_m3, abs=1e-6)
