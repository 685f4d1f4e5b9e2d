"""Tank low and pressure low: limits, delay, dead band."""

from __future__ import annotations

import pytest

from models.anomalies.pressure_low import PressureLow, pressure_limits
from models.anomalies.tank_low import TankLow, tank_limits
from models.detector import Finding, Row
from models.event import EventKind, Priority
from models.registry import Reservoir
from tests.models.detectors.water import minutes, zone_context

TANK = Reservoir("t", "Vodojem Bynov", "tank", "z", "m", "p", "", "", "", 300.0, 304.0, "Bpv", ())


def judge(detector: PressureLow | TankLow, values: list[float], limits: dict[str, float]) -> list[Finding]:
    rows = [Row(moment, value) for moment, value in zip(minutes(len(values)), values, strict=True)]
    return detector.step(detector.initial(), rows, zone_context(limits=limits, level=detector.level))[1]


def test_limits_follow_the_tank_and_a_dam_has_none() -> None:
    assert tank_limits(TANK) == {"low": 301.0, "critical": 300.4, "dead_band": 0.2, "delay_s": 600.0}
    assert tank_limits(Reservoir("d", "D", "dam", "", "m", "p", "", "", "", 0, 10, "Bpv", ())) == {}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([302, 300.9, 302, 300.9, 302], []),  # never for ten minutes
        ([302, 300.9, 300.9, 300.9, 300.9], [("raise", Priority.MEDIUM)]),
        ([300.9] * 3 + [301.1] * 5, [("raise", Priority.MEDIUM)]),  # inside the dead band it stands
        ([300.9] * 3 + [301.3] * 3, [("raise", Priority.MEDIUM), ("clear", Priority.LOW)]),
        ([300.9] * 3 + [300.3] * 3, [("raise", Priority.MEDIUM), ("update", Priority.HIGH)]),
        ([300.3] * 3, [("raise", Priority.HIGH)]),
    ],
)
def test_a_tank_is_low_after_ten_minutes_below_and_back_above_the_dead_band(
    values: list[float], said: list[tuple[str, Priority]]
) -> None:
    findings = judge(TankLow(), values, tank_limits(TANK))
    assert [(finding.action, finding.priority) for finding in findings] == said
    assert all(finding.kind is EventKind.TANK_LOW for finding in findings)


def test_the_reason_says_value_limit_and_delay() -> None:
    finding = judge(PressureLow(), [20.0, 12.0, 12.0, 11.0], pressure_limits())[0]
    assert finding.why.code == "pressure_low.below_limit"
    assert finding.why.values == {"name": "Bynov", "pressure_m": 11.0, "limit_m": 15.3, "delay_s": 600.0}
    assert finding.start == minutes(2)[1]
    assert finding.loss_m3h is None


def test_a_point_without_limits_is_not_judged() -> None:
    assert judge(PressureLow(), [0.0] * 9, {}) == []
