"""What every detector promises: a pure, causal step, findings that do not depend on batches, a state that is JSON."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.anomalies.pressure_low import pressure_limits
from models.detector import Context, Detector, Row
from models.detectors import DETECTORS
from models.why import REASONS, because
from tests.models.detectors.water import START, Inflow, zone_context

CONTEXT = zone_context(
    (START + timedelta(days=21), START + timedelta(days=21, hours=3), "flushing"), limits=pressure_limits()
)
INFLOW = Inflow(26, 3)


def eventful(detector: Detector) -> list[Row]:
    """Rows in which something happens to each detector."""
    rows = INFLOW.rows(18 * 288, 25 * 288)
    for index, row in enumerate(rows):
        burst = 20.0 if 400 < index < 500 or 800 < index < 850 else 0.0
        low = -35.0 if 1200 < index < 1260 else 0.0
        rows[index] = row._replace(value=None if 1500 < index < 1560 else (row.value or 0) + burst + low)
    if detector.name == "customers_stopped":
        return [row._replace(value=None if row.value is None else min(1.0, abs(row.value) / 60)) for row in rows]
    return rows


def findings_of(detector: Detector, rows: list[Row], cuts: list[int], context: Context = CONTEXT) -> list:
    state, found = detector.initial(), []
    for begin, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        state, more = detector.step(json.loads(json.dumps(state)), rows[begin:end], context)
        found += more
    return found


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda one: one.name)
def test_each_says_something_and_only_reasons_of_the_table(detector: Detector) -> None:
    found = findings_of(detector, eventful(detector), [])
    assert {"raise", "clear"} <= {finding.action for finding in found}
    for finding in found:
        assert set(finding.why.values) == set(REASONS[finding.why.code])
        assert 0 <= finding.score <= 1
        assert finding.start <= finding.time


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda one: one.name)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_batches_change_no_finding(detector: Detector, data: st.DataObject) -> None:
    rows = eventful(detector)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=30)))
    assert findings_of(detector, rows, cuts) == findings_of(detector, rows, [])


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda one: one.name)
@settings(max_examples=8, deadline=None)
@given(cut=st.integers(1, 2000))
def test_what_comes_later_changes_nothing_said_before(detector: Detector, cut: int) -> None:
    rows = eventful(detector)
    cut = min(cut, len(rows) - 1)
    whole = findings_of(detector, rows, [])
    told = findings_of(detector, rows[:cut], [])
    assert told == [finding for finding in whole if finding.time <= rows[cut - 1].time][: len(told)]
    assert len(told) >= len([finding for finding in whole if finding.time < rows[cut - 1].time])


def test_names_are_unique_and_versions_positive() -> None:
    assert len({detector.name for detector in DETECTORS}) == len(DETECTORS)
    assert all(detector.version > 0 for detector in DETECTORS)


def test_a_reason_that_the_table_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match=r"why\.unknown"):
        because("burst.inflow_returned", name="Bynov")
    with pytest.raises(ValueError, match=r"why\.unknown"):
        because("burst.new_reason")
