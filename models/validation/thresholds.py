"""Suspect and fail thresholds by test, quantity and kind of device: one table.

They are this product's own, chosen so that a sound meter is not flagged (docs/models.md says what they flag on two
sets of real data); where a standard gives the number the row says so. An empty kind is every kind without a row.
"""

from __future__ import annotations

from typing import NamedTuple

from models.quality import Quality

NEVER = float("inf")


class Limit(NamedTuple):
    """A row of the table.

    suspect, fail : beyond these a value is suspect, or wrong; NEVER where it never is
    unit : of both; Q3 is the meter's permanent flow, "usual" what the series itself usually does
    most : the gravest quality said where even a sure finding does not say that the value is wrong
    """

    test: str
    quantity: str
    kind: str
    suspect: float
    fail: float
    unit: str
    most: Quality = Quality.FAIL


TABLE: tuple[Limit, ...] = (
    # --- range: below and above -----------------------------------------------------------------------------------
    Limit("range_above", "flow_m3h", "", 1.25, 2.5, "Q3"),  # Q4 = 1.25 Q3 (ISO 4064-1), and twice that
    Limit("range_above", "level_m", "tank_station", 0.3, 3.0, "m above full"),
    Limit("range_below", "level_m", "tank_station", 0.2, 3.0, "m below bottom"),
    Limit("range_above", "pressure_m", "", 160.0, 300.0, "m"),  # PN 16, and a 30 bar sensor's end
    Limit("range_below", "pressure_m", "", 1.0, 10.4, "m below 0"),  # no deeper vacuum than 10.33 m exists
    Limit("range_above", "temperature_c", "", 40.0, 80.0, "°C"),
    Limit("range_below", "temperature_c", "", 1.0, 10.0, "°C below 0"),
    Limit("range_above", "ambient_temperature_c", "", 60.0, 85.0, "°C"),
    Limit("range_below", "ambient_temperature_c", "", 40.0, 60.0, "°C below 0"),
    Limit("range_above", "rain_mm", "", 80.0, 250.0, "mm"),
    Limit("range_above", "chlorine_mgl", "", 3.0, 10.0, "mg/l"),
    Limit("range_above", "turbidity_ntu", "", 100.0, 2000.0, "NTU"),
    Limit("range_above", "ph", "", 9.5, 12.0, ""),
    Limit("range_above", "conductivity_uscm", "", 3000.0, 20_000.0, "µS/cm"),
    # --- rate of change; registers by what the meter can pass, see models.register_limits ---------------------------
    Limit("rate", "level_m", "tank_station", 4.0, 15.0, "m/h"),
    Limit("rate", "stage_m", "", 1.0, 5.0, "m/h"),
    Limit("rate", "temperature_c", "", 20.0, 60.0, "°C/h"),
    Limit("rate", "ambient_temperature_c", "", 25.0, 60.0, "°C/h"),
    Limit("rate", "volume_m3", "", 2.0, NEVER, "Q4·(Δt + 1 h)"),
    # --- spike: from the middle between both neighbours -------------------------------------------------------------
    Limit("spike", "level_m", "", 0.4, 1.5, "m"),
    Limit("spike", "stage_m", "", 0.3, 1.5, "m"),
    Limit("spike", "pressure_m", "", 20.0, 60.0, "m"),
    Limit("spike", "temperature_c", "", 10.0, 30.0, "°C"),
    Limit("spike", "ambient_temperature_c", "", 15.0, 40.0, "°C"),
    Limit("spike", "flow_m3h", "flow_meter", 15.0, 60.0, "usual"),
    Limit("spike", "inflow_m3h", "", 15.0, 60.0, "usual"),
    Limit("spike", "outflow_m3h", "", 15.0, 60.0, "usual"),
    # --- flat line: how long a value may stand still ----------------------------------------------------------------
    Limit("flat", "flow_m3h", "flow_meter", 6.0, 24.0, "h"),
    Limit("flat", "level_m", "tank_station", 12.0, 48.0, "h"),
    Limit("flat", "stage_m", "", 336.0, 720.0, "h", Quality.SUSPECT),
    Limit("flat", "pressure_m", "", 12.0, 48.0, "h"),
    Limit("flat", "ambient_temperature_c", "", 48.0, 120.0, "h"),
    Limit("flat", "chlorine_mgl", "", 48.0, 168.0, "h"),
    Limit("flat", "turbidity_ntu", "", 72.0, 240.0, "h"),
    Limit("flat", "volume_m3", "", 720.0, NEVER, "h", Quality.UNKNOWN),  # stopped, or nobody at home
    # --- gap: no shorter silence is one, and no silence shorter than four usual distances ---------------------------
    Limit("gap", "flow_m3h", "flow_meter", 1.0, NEVER, "h"),
    Limit("gap", "volume_m3", "flow_meter", 3.0, NEVER, "h"),
    Limit("gap", "volume_m3", "", 6.0, NEVER, "h"),
    Limit("gap", "interval_volume_m3", "", 6.0, NEVER, "h"),
    Limit("gap", "pressure_m", "", 2.0, NEVER, "h"),
    Limit("gap", "level_m", "", 1.0, NEVER, "h"),
    Limit("gap", "stage_m", "", 6.0, NEVER, "h"),
    Limit("gap", "inflow_m3h", "", 6.0, NEVER, "h"),
    Limit("gap", "outflow_m3h", "", 6.0, NEVER, "h"),
    Limit("gap", "rain_mm", "", 6.0, NEVER, "h"),
    # --- negative consumption of what counts forward only -----------------------------------------------------------
    Limit("negative", "flow_m3h", "", 0.02, 0.5, "Q3 below 0"),
    Limit("negative", "interval_volume_m3", "", 0.01, 10.0, "m³ below 0"),
    Limit("negative", "volume_m3", "", 0.0, NEVER, "m³"),
    # --- clock: how far payload time lies from arrival --------------------------------------------------------------
    Limit("clock_offset", "", "", 5.0, 30.0, "min", Quality.SUSPECT),
    Limit("clock_drift", "", "", 10.0, 60.0, "s/d", Quality.UNKNOWN),
    # --- duplicate devices: share of changes that two devices have in common ----------------------------------------
    Limit("duplicate", "volume_m3", "", 0.9, NEVER, "share"),
    Limit("duplicate", "flow_m3h", "", 0.9, NEVER, "share"),
    Limit("duplicate", "level_m", "", 0.9, NEVER, "share"),
    Limit("duplicate", "pressure_m", "", 0.9, NEVER, "share"),
    # --- a unit wrong by a power of ten: the factor from which on it is no longer suspect but wrong ------------------
    Limit("unit", "flow_m3h", "flow_meter", 10.0, 1000.0, "times"),
    Limit("unit", "pressure_m", "", 10.0, 1000.0, "times"),
    Limit("unit", "level_m", "", 10.0, 1000.0, "times"),
    Limit("unit", "storage_m3", "", 10.0, 1000.0, "times"),
    Limit("unit", "inflow_m3h", "", 10.0, 1000.0, "times"),
    Limit("unit", "outflow_m3h", "", 10.0, 1000.0, "times"),
    Limit("unit", "volume_m3", "", 10.0, 1000.0, "times"),
    # --- digit of a camera meter: any that fits is wrong ------------------------------------------------------------
    Limit("digit", "volume_m3", "", 0.0, 0.0, ""),
    # --- flow against the same device's register --------------------------------------------------------------------
    Limit("contradiction", "flow_m3h", "flow_meter", 0.25, 1.0, "share", Quality.SUSPECT),
    # --- stale flow: it runs on while the register stands still -----------------------------------------------------
    Limit("stale", "flow_m3h", "", 2.0, 12.0, "h"),
)

_ROWS = {(row.test, row.quantity, row.kind): row for row in TABLE}


def limit(test: str, quantity: str, kind: str) -> Limit | None:
    """The row for a kind of device, else the one for every kind; None where the test does not apply.

    >>> limit("flat", "level_m", "tank_station").suspect, limit("flat", "level_m", "dam_station")
    (12.0, None)
    """
    return _ROWS.get((test, quantity, kind)) or _ROWS.get((test, quantity, ""))
