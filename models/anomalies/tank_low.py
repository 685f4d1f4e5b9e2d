"""Tank low: a service reservoir holds less than a share of its useful depth."""

from __future__ import annotations

from collections.abc import Sequence

from models.anomalies.limit import LowLimit
from models.detector import Context, Finding, JsonState, Row
from models.event import EventKind
from models.registry import Reservoir

LOW_SHARE = 0.25
CRITICAL_SHARE = 0.10
DEAD_BAND_SHARE = 0.05
DELAY_S = 600.0


def tank_limits(tank: Reservoir) -> dict[str, float]:
    """Limits of a tank's level in its own datum [m]: low at 25 %, critical at 10 % of the depth; empty for a dam.

    A tank normally swings within its upper part; the last quarter holds the pressure and what a fire needs.
    """
    depth_m = tank.full_m - tank.bottom_m
    if tank.kind != "tank" or depth_m <= 0:
        return {}
    return {
        "low": tank.bottom_m + LOW_SHARE * depth_m,
        "critical": tank.bottom_m + CRITICAL_SHARE * depth_m,
        "dead_band": DEAD_BAND_SHARE * depth_m,
        "delay_s": DELAY_S,
    }


class TankLow:
    """Level of a tank below its limits."""

    name = "tank_low"
    version = 1
    level = "reservoir"
    quantity = "level_m"
    _limit = LowLimit(EventKind.TANK_LOW, "tank_low", "level_m")

    def initial(self) -> JsonState:
        """Nothing known yet."""
        return self._limit.initial()

    def step(self, state: JsonState, rows: Sequence[Row], context: Context) -> tuple[JsonState, list[Finding]]:
        """Judge levels [m] in the datum of the limits."""
        return self._limit.step(state, rows, context)
