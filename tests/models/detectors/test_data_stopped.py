from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from models.anomalies.data_stopped import CustomersStopped, DataStopped, heard_share
from models.detector import Row
from models.event import EventKind, Priority
from tests.models.detectors.water import START, minutes, zone_context

HOUR_MS = 3_600_000


def heard(times: list) -> list[Row]:
    return [Row(moment, 1.0) for moment in times]


@pytest.mark.parametrize(
    ("step_min", "silent_min", "said"), [(5, 25, False), (5, 35, True), (60, 200, False), (60, 250, True)]
)
def test_silence_is_judged_against_the_device_s_own_rhythm(step_min: int, silent_min: int, said: bool) -> None:
    times = minutes(12, step=step_min)
    tick = Row(times[-1] + timedelta(minutes=silent_min), None)
    _, findings = DataStopped().step(DataStopped().initial(), [*heard(times), tick], zone_context())
    assert bool(findings) is said
    if said:
        assert (findings[0].kind, findings[0].start, findings[0].loss_m3h) == (EventKind.DATA_STOPPED, times[-1], None)


def test_it_is_said_once_and_over_with_the_next_value() -> None:
    times = minutes(12)
    ticks = [Row(times[-1] + timedelta(minutes=minute), None) for minute in range(1, 120)]
    back = Row(times[-1] + timedelta(minutes=121), 1.0)
    _, findings = DataStopped().step(DataStopped().initial(), [*heard(times), *ticks, back], zone_context())
    assert [finding.action for finding in findings] == ["raise", "clear"]
    assert findings[1].end == back.time


def test_who_sends_an_hour_s_values_at_once_is_not_silent_between() -> None:
    detector, rows = DataStopped(), []
    for hour in range(12):
        sent = minutes(4, START + timedelta(hours=hour), step=15)
        rows += heard(sent) + [Row(sent[-1] + timedelta(minutes=minute), None) for minute in range(1, 62)]
    _, findings = detector.step(detector.initial(), rows, zone_context())
    assert not [finding for finding in findings if finding.time > START + timedelta(hours=3)]


def test_what_never_sent_is_not_silent() -> None:
    assert DataStopped().step(DataStopped().initial(), [Row(START, None)], zone_context())[1] == []


def test_what_others_wait_for_is_more_severe() -> None:
    rows = [*heard(minutes(12)), Row(START + timedelta(hours=5), None)]
    for important, priority in ((0.0, Priority.LOW), (1.0, Priority.MEDIUM)):
        context = zone_context(limits={"important": important})
        assert DataStopped().step(DataStopped().initial(), rows, context)[1][0].priority is priority


def test_one_event_a_zone_where_most_customer_meters_are_silent() -> None:
    hours = minutes(12, step=60)
    shares = [1.0, 0.9, 0.4, 0.4, 0.3, 0.2, 0.6, 0.75, 1.0, 1.0, 1.0, 1.0]
    rows = [Row(moment, share) for moment, share in zip(hours, shares, strict=True)]
    _, findings = CustomersStopped().step(CustomersStopped().initial(), rows, zone_context())
    assert [(finding.action, finding.time) for finding in findings] == [("raise", hours[4]), ("clear", hours[7])]
    assert findings[0].why.values == {"name": "Bynov", "heard_pct": 30, "limit_pct": 50.0}


def test_meters_are_heard_by_their_own_rhythm() -> None:
    now = 48 * HOUR_MS
    hourly = np.arange(0, now, HOUR_MS)
    twice_a_day = np.arange(0, now - 20 * HOUR_MS, 12 * HOUR_MS)
    assert heard_share([hourly] * 5 + [twice_a_day] * 5, now) == 1.0
    assert heard_share([hourly[:40]] * 5 + [hourly] * 5, now) == 0.5
    assert heard_share([np.empty(0, np.int64)] * 10, now) == 0.0
    assert heard_share([hourly] * 3, now) is None
