"""What is measured. A new quantity is one line in QUANTITIES."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["register", "interval", "rate", "level", "state", "count", "measure"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity as it is stored.

    name : carries its unit, the same in code, store, API and screen
    unit : for people, as it is written after a number; empty for states and counts
    kind : how it is summed up over time: a register by differences, an interval volume by sums,
        a rate, level or measure by time-weighted means, a state by its share
    digits : decimals shown on screen
    minimum, maximum : outside of these a value is not believed (range test of ingest)
    """

    name: str
    unit: str
    kind: Kind
    digits: int
    minimum: float
    maximum: float


_INF = float("inf")

QUANTITIES: dict[str, Quantity] = {
    quantity.name: quantity
    for quantity in (
        Quantity("volume_m3", "m³", "register", 3, -1e9, 1e12),
        Quantity("reverse_volume_m3", "m³", "register", 3, -1e9, 1e12),
        Quantity("interval_volume_m3", "m³", "interval", 3, -1e6, 1e9),
        Quantity("pulses", "", "count", 0, 0, _INF),
        Quantity("flow_m3h", "m³/h", "rate", 1, -1e6, 1e6),
        Quantity("inflow_m3h", "m³/h", "rate", 1, -1e7, 1e7),
        Quantity("outflow_m3h", "m³/h", "rate", 1, -1e7, 1e7),
        Quantity("level_m", "m", "level", 2, -100, 1e4),
        Quantity("stage_m", "m n. m.", "level", 2, -500, 9000),
        Quantity("storage_m3", "m³", "level", 0, 0, 1e12),
        Quantity("pressure_m", "m", "measure", 1, -20, 1e4),
        Quantity("temperature_c", "°C", "measure", 1, -60, 150),
        Quantity("ambient_temperature_c", "°C", "measure", 1, -90, 150),
        Quantity("rain_mm", "mm", "interval", 1, 0, 2000),
        Quantity("evaporation_mm", "mm", "interval", 1, -50, 500),
        Quantity("pump_on", "", "state", 0, 0, 1),
        Quantity("run_time_h", "h", "register", 1, 0, 1e9),
        Quantity("starts_count", "", "register", 0, 0, 1e12),
        Quantity("power_kw", "kW", "rate", 1, -1e6, 1e6),
        Quantity("energy_kwh", "kWh", "register", 1, -1e9, 1e12),
        Quantity("valve_open", "", "state", 0, 0, 1),
        Quantity("valve_position_pct", "%", "measure", 0, 0, 100),
        Quantity("chlorine_mgl", "mg/l", "measure", 2, 0, 1000),
        Quantity("turbidity_ntu", "NTU", "measure", 2, 0, 1e5),
        Quantity("ph", "", "measure", 2, 0, 14),
        Quantity("conductivity_uscm", "µS/cm", "measure", 0, 0, 1e6),
        Quantity("noise_db", "dB", "measure", 0, -200, 300),
        Quantity("door_open", "", "state", 0, 0, 1),
        Quantity("flooded", "", "state", 0, 0, 1),
        Quantity("mains_power_ok", "", "state", 0, 0, 1),
        Quantity("battery_v", "V", "measure", 2, 0, 1000),
        Quantity("battery_pct", "%", "measure", 0, 0, 100),
        Quantity("rssi_dbm", "dBm", "measure", 0, -300, 100),
    )
}

DAILY: frozenset[str] = frozenset(["battery_v", "battery_pct", "rssi_dbm"])
"""How a device itself fares: told once a day or so, asked over months. Hours of it would be a third of all rollups."""
