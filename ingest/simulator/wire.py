"""What goes over the wire: in which unit and to which digit a device says a quantity, in each dialect."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ingest.decoders.fields import own_unit, stored
from ingest.simulator.chance import Floats
from models.units import find_unit


class Wire(NamedTuple):
    """A field of a payload: its name, unit (empty for states and counts) and decimals."""

    field: str
    unit: str
    digits: int

    def rounded(self, value: Floats) -> Floats:
        """Stored values as the device would say them: in the wire's unit, to its last digit."""
        scaled = value / _factor(self.unit)
        return np.asarray(np.rint(scaled * 10.0**self.digits) / 10.0**self.digits)

    def stored(self, said: Floats, quantity: str) -> Floats:
        """What a decoder makes of what was said, to the last binary digit: it must be equal, live and in bulk."""
        unit = find_unit(self.unit)
        if unit is None or (unit.factor == 1.0 and not unit.offset):
            return said
        power = -math.log10(unit.factor)
        if power == round(power) and power > 0 and not unit.offset:
            value = said / 10.0**power
            return np.asarray(value * 1000 if quantity.endswith("_mm") else value)
        # The decoders round what is no decimal fraction; a sensor says few different values.
        different, place = np.unique(said, return_inverse=True)
        made = [stored(quantity, value, self.unit) for value in different.tolist()]
        return np.array(made, dtype=np.float64)[place]


_DIGITS = {
    "volume_m3": 3,
    "flow_m3h": 2,
    "inflow_m3h": 1,
    "outflow_m3h": 1,
    "level_m": 3,
    "stage_m": 2,
    "pressure_m": 2,
    "rain_mm": 1,
    "ambient_temperature_c": 1,
    "pump_on": 0,
    "run_time_h": 2,
    "starts_count": 0,
    "power_kw": 2,
    "battery_v": 2,
    "battery_pct": 0,
    "rssi_dbm": 0,
}
QUANTITIES = tuple(_DIGITS)
"""What simulated devices measure."""

_SPECIAL: dict[tuple[str, str], Wire] = {
    ("chirpstack4", "volume_m3"): Wire("volume_l", "L", 0),
    ("chirpstack4", "pressure_m"): Wire("pressure_bar", "bar", 3),
    ("ttn3", "pressure_m"): Wire("pressure_bar", "bar", 3),
    ("wmbusmeters", "volume_m3"): Wire("total_m3", "m3", 3),
    ("wmbusmeters", "flow_m3h"): Wire("volume_flow_m3h", "m3/h", 2),
    ("wmbusmeters", "pressure_m"): Wire("pressure_bar", "bar", 3),
}


def wire(dialect: str, quantity: str) -> Wire:
    """How a dialect says a quantity; its own name and unit where nothing else is known."""
    special = _SPECIAL.get((dialect, quantity))
    if special:
        return special
    # Smart voda's own payload is taken as it stands, the others go by the unit in the field's name.
    unit = "" if dialect == "smartvoda" else own_unit(quantity)
    return Wire(quantity, unit, _DIGITS[quantity])


def _factor(unit: str) -> float:
    found = find_unit(unit) if unit not in ("", "mm") else None
    return found.factor if found else 1.0
