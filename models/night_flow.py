"""Minimum night flow: the lowest rolling hour of net inflow between 01:00 and 05:00 local, and the mean of 02–04."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from models.reading import Series
from models.register import Increments
from models.rollup import Level, Rollup


class NightFlow(NamedTuple):
    """Night flow of one local day.

    mnf_m3h : lowest rolling hour less large users in that hour, None where the night is too thinly covered
    at : start of that hour; large_users_m3h : what was taken off
    mean_02_04_m3h : mean net inflow between 02:00 and 04:00 local
    coverage : share of 01–05 with data
    """

    day: date
    mnf_m3h: float | None
    at: datetime | None
    large_users_m3h: float
    mean_02_04_m3h: float | None
    coverage: float


def night_flow(net: Series, day: date, tz: tzinfo, large_users: Sequence[Increments] = ()) -> NightFlow:
    """Night flow of a local day from net inflow at raw steps (models.zone_flow.net_inflow_series)."""
    raise NotImplementedError


def night_rollups(level: Level, subject: str, night: NightFlow, tz: tzinfo) -> list[Rollup]:
    """Its day rollups night_flow_m3h (minimum: the hour before large users) and night_flow_02_04_m3h."""
    raise NotImplementedError
