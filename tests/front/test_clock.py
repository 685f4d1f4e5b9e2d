from datetime import UTC, datetime, timedelta

import pytest

from models.errors import VodaError
from models.reading import to_ms
from smartvoda.clock import ScaledClock, clock_from, demonstration_clock, machine_clock


def test_the_machine_clock_is_the_machines_time_to_the_millisecond() -> None:
    now = machine_clock().now()
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=1)  # noqa: TID251 - the machine's time is what is compared
    assert now.microsecond % 1000 == 0


def test_a_scaled_clock_runs_n_times_as_fast_from_its_anchor() -> None:
    real = to_ms(machine_clock().now())
    clock = ScaledClock(real - 10_000, 0, 60.0)
    assert 600_000 <= to_ms(clock.now()) < 660_000


def test_processes_that_share_an_anchor_agree() -> None:
    clock = demonstration_clock(30.0)
    assert clock_from(clock.anchor()) == clock


def test_a_demonstration_never_goes_back_behind_an_earlier_one() -> None:
    reached = to_ms(machine_clock().now()) + 86_400_000
    assert to_ms(demonstration_clock(1.0, reached).now()) >= reached


def test_a_bad_anchor_says_so() -> None:
    with pytest.raises(VodaError, match=r"settings\.clock"):
        clock_from("yesterday")
