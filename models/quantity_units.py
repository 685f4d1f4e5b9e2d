"""Which unit a quantity can have, and a value in the unit that is stored for it."""

from __future__ import annotations

from models.units import STORED_UNIT, Dimension, find_unit

DIMENSION_OF: dict[str, Dimension] = {
    "volume_m3": "volume",
    "reverse_volume_m3": "volume",
    "interval_volume_m3": "volume",
    "storage_m3": "volume",
    "flow_m3h": "flow",
    "inflow_m3h": "flow",
    "outflow_m3h": "flow",
    "level_m": "length",
    "stage_m": "length",
    "pressure_m": "pressure",
    "temperature_c": "temperature",
    "ambient_temperature_c": "temperature",
    "rain_mm": "length",
    "evaporation_mm": "length",
    "run_time_h": "duration",
    "power_kw": "power",
    "energy_kwh": "energy",
    "valve_position_pct": "share",
    "chlorine_mgl": "concentration",
    "turbidity_ntu": "turbidity",
    "conductivity_uscm": "conductivity",
    "noise_db": "sound",
    "battery_v": "voltage",
    "battery_pct": "share",
    "rssi_dbm": "signal",
}
"""Quantities that need a unit, and its dimension; the others are counts and states."""

STATES = frozenset(["pump_on", "valve_open", "door_open", "flooded", "mains_power_ok"])
COUNTS = frozenset(["pulses", "starts_count", "ph"])


def own_unit(quantity: str) -> str:
    """The unit in which a quantity is stored, empty for states and counts.

    >>> own_unit("volume_m3"), own_unit("rain_mm"), own_unit("pump_on")
    ('m³', 'mm', '')
    """
    if quantity.endswith("_mm"):
        return "mm"
    dimension = DIMENSION_OF.get(quantity)
    return STORED_UNIT[dimension] if dimension else ""


def stored(quantity: str, value: float, unit_word: str) -> float | None:
    """A value in the quantity's stored unit, None where the unit can't be that quantity's.

    A pressure in metres is a head of water.

    >>> stored("pressure_m", 2.0, "bar"), stored("rain_mm", 1.0, "cm"), stored("volume_m3", 1.0, "bar")
    (20.3944, 10.0, None)
    """
    dimension, found = DIMENSION_OF.get(quantity), find_unit(unit_word)
    if found is None or dimension is None:
        return None
    if found.dimension != dimension and not (dimension == "pressure" and found.dimension == "length"):
        return None
    result = found.stored(value)
    return result * 1000 if quantity.endswith("_mm") else result
