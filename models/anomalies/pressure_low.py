"""Pressure low: a point of the network has less pressure than the supplier must hold.

Source: vyhláška č. 428/2001 Sb., § 15 odst. 5: at least 0.15 MPa at the connection for buildings of up to two floors.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.anomalies.limit import LowLimit
from models.detector import Context, Finding, JsonState, Row
from models.event import EventKind

LOW_M = 15.3
"""0.15 MPa as a head of water."""
CRITICAL_M = 5.1
"""0.05 MPa: below it water may be drawn back into the mains."""
DEAD_BAND_M = 2.0
DELAY_S = 600.0


def pressure_limits() -> dict[str, float]:
    """Limits of the pressure at a point of the network [m of head]."""
    return {"low": LOW_M, "critical": CRITICAL_M, "dead_band": DEAD_BAND_M, "delay_s": DELAY_S}


class PressureLow:
    """Pressure at a point below its limits."""

    name = "pressure_low"
    version = 1
    level = "point"
    quantity = "pressure_m"
    _limit = LowLimit(EventKind.PRESSURE_LOW, "pressure_low", "pressure_m")

    def initial(self) -> JsonState:
        """Nothing known yet."""
        return self._limit.initial()

    def step(self, state: JsonState, rows: Sequence[Row], context: Context) -> tuple[JsonState, list[Finding]]:
        """Judge pressures [m of head]."""
        return self._limit.step(state, rows, context)
