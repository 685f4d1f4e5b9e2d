"""The balance's 95 % intervals hold the simulator's truth as often as they say; the whole study is `bench truth`."""

from dataclasses import replace

import pytest

from bench.truth import HELD, RATIO, judged, outcomes
from bench.truth_study import TERMS
from models.registry import Region
from smartvoda import regions
from smartvoda.sample import sample_region

ZONES = ("jilove-modra", "mezibori-mesto", "dubi-pozorka", "lovosice-osmicka")
"""Metered and billed zones without transfers."""
DRAWS = range(500, 540)


@pytest.fixture(scope="module")
def few() -> Region:
    """The sample region, of which only some zones are left."""
    whole = regions.load(sample_region())
    points = tuple(item for item in whole.points if item.zone in ZONES)
    names = {item.point for item in points}
    assignments = tuple(item for item in whole.assignments if item.point in names)
    devices = {item.device for item in assignments}
    return replace(
        whole,
        zones=tuple(item for item in whole.zones if item.zone in ZONES),
        points=points,
        assignments=assignments,
        devices=tuple(item for item in whole.devices if item.device in devices),
        reservoirs=tuple(item for item in whole.reservoirs if item.zone in ZONES),
        billing=tuple(item for item in whole.billing if item.zone in ZONES),
        operations=tuple(item for item in whole.operations if item.zone in ZONES),
        balance_inputs=(),
    )


def test_intervals_are_as_wide_as_repeats_with_redrawn_errors_spread(few: Region) -> None:
    found = judged(outcomes(few, [(2026, 5)], DRAWS))
    assert set(found) == set(TERMS)
    for term, verdict in found.items():
        # Of 4 zones with 40 repeats chance alone moves the share by two hundredths.
        assert HELD[0] - 0.02 <= verdict.held <= HELD[1], term
        assert RATIO[0] <= float(sum(verdict.ratio) / len(verdict.ratio)) <= RATIO[1], term


def test_the_error_is_nothing_where_nothing_errs(few: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    """Truth and balance mean the same terms: with exact meters and books only pulses and edges are left."""
    from ingest.simulator import bookkeeping, meter_errors

    for name in ("ESTIMATED_SD", "OPERATION_SD"):
        monkeypatch.setattr(bookkeeping, name, 0.0)
    monkeypatch.setattr(meter_errors, "OWN_PCT", 0.0)
    monkeypatch.setattr(meter_errors, "PERMITTED_PCT", dict.fromkeys(meter_errors.PERMITTED_PCT, 0.0))
    monkeypatch.setattr(bookkeeping, "PERMITTED_PCT", dict.fromkeys(meter_errors.PERMITTED_PCT, 0.0))
    for one in outcomes(few, [(2026, 5)], [1]):
        assert one.value_m3 == pytest.approx(one.truth_m3, rel=4e-3, abs=2.0), one
