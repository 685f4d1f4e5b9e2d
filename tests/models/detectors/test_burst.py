from __future__ import annotations

import json
from datetime import timedelta

import pytest

from models.detector import Finding, JsonState, Row
from models.event import EventKind, Priority
from models.leaks.burst import Burst
from tests.models.detectors.water import Inflow, zone_context

DETECTOR = Burst()
DAY = 288


@pytest.fixture(scope="module")
def inflow() -> Inflow:
    return Inflow(70, 11)


def run(rows: list[Row], state: JsonState | None = None, *operations: object) -> tuple[JsonState, list[Finding]]:
    return DETECTOR.step(state or DETECTOR.initial(), rows, zone_context(*operations))  # type: ignore[arg-type]


def raised(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.action == "raise"]


def test_quiet_zones_are_seldom_cried_at() -> None:
    days = 180
    alarms = sum(len(raised(run(Inflow(days, seed).rows())[1])) for seed in range(6))
    zone_years = 6 * (days - 14) / 365
    assert alarms / zone_years <= 1.5, alarms


def test_a_burst_of_five_sigma_is_found_within_half_an_hour_and_measured() -> None:
    found = 0
    for seed in range(12):
        inflow = Inflow(45, seed)
        begin = 40 * DAY + seed * 23
        more_m3h = 5 * inflow.sigma_15min_m3h
        state, _ = run(inflow.rows(0, begin))
        findings = raised(run(inflow.rows(begin, begin + 36, more_m3h), state)[1])
        if not findings:
            continue
        burst = findings[0]
        began = inflow.rows(begin - 1, begin)[0].time
        assert abs(burst.start - began) <= timedelta(minutes=40)
        assert burst.loss_m3h == pytest.approx(more_m3h, rel=0.5)
        found += burst.time - began <= timedelta(minutes=30)
    assert found >= 11


def test_it_stands_with_its_loss_and_clears_when_the_signal_returned(inflow: Inflow) -> None:
    begin, end = 50 * DAY, 50 * DAY + 8 * 12
    more_m3h = 20.0
    state, _ = run(inflow.rows(0, begin))
    state, standing = run(inflow.rows(begin, end, more_m3h), state)
    _, after = run(inflow.rows(end, end + DAY), state)
    assert [finding.action for finding in standing][:2] == ["raise", "update"]
    assert all(finding.kind is EventKind.BURST for finding in standing)
    assert standing[-1].loss_m3 == pytest.approx(8 * more_m3h, rel=0.3)
    assert standing[-1].priority is Priority.HIGH
    assert [finding.action for finding in after if finding.action != "update"] == ["clear"]
    returned = after[-1]
    assert returned.end is not None
    assert timedelta() <= returned.end - inflow.rows(end - 1, end)[0].time <= timedelta(hours=1)
    assert returned.time - returned.end >= timedelta(minutes=45)


def test_a_leak_of_days_is_not_taken_for_its_end(inflow: Inflow) -> None:
    begin = 50 * DAY
    state, _ = run(inflow.rows(0, begin))
    _, findings = run(inflow.rows(begin, begin + 6 * DAY, 20.0), state)
    assert {finding.action for finding in findings} == {"raise", "update"}
    assert findings[-1].loss_m3h == pytest.approx(20.0, rel=0.4)


def test_a_logged_operation_explains_the_water(inflow: Inflow) -> None:
    begin = 50 * DAY
    rows = inflow.rows(begin, begin + 24, 20.0)
    operation = (rows[0].time - timedelta(minutes=5), rows[-1].time, "flushing")
    state, _ = run(inflow.rows(0, begin))
    assert raised(run(rows, state)[1])
    assert not run(rows, state, operation)[1]


def test_an_operation_logged_while_it_stands_ends_the_burst_and_says_why(inflow: Inflow) -> None:
    begin = 50 * DAY
    rows = inflow.rows(begin, begin + 24, 20.0)
    state, _ = run(inflow.rows(0, begin))
    state, found = run(rows[:12], state)
    assert found[0].action == "raise"
    operation = (rows[0].time, None, "hydrant")
    _, told = run(rows[12:], state, operation)
    assert [(finding.action, finding.why.code) for finding in told] == [("clear", "burst.explained_by_operation")]


def test_a_spike_is_no_burst(inflow: Inflow) -> None:
    begin = 50 * DAY
    state, _ = run(inflow.rows(0, begin))
    rows = inflow.rows(begin, begin + 12)
    rows[3] = rows[3]._replace(value=1000.0)
    assert not run(rows, state)[1]


def test_without_a_band_nothing_is_said(inflow: Inflow) -> None:
    rows = [Row(row.time, 1000.0) for row in inflow.rows(0, DAY)]
    assert run(rows)[1] == []


def test_its_state_is_json_and_an_old_row_changes_nothing(inflow: Inflow) -> None:
    rows = inflow.rows(0, 50 * DAY + 100, 0.0)
    state, _ = run(rows)
    assert run(rows[-40:], json.loads(json.dumps(state))) == (state, [])
