"""Central words of the trade, for tables that name things by code."""

from __future__ import annotations

from dashboard.i18n import mark

QUANTITY_NAMES: dict[str, str] = {
    "volume_m3": mark("Register"),
    "reverse_volume_m3": mark("Register, reverse"),
    "interval_volume_m3": mark("Volume of the interval"),
    "pulses": mark("Pulses"),
    "flow_m3h": mark("Flow"),
    "inflow_m3h": mark("Inflow"),
    "outflow_m3h": mark("Outflow"),
    "level_m": mark("Water level"),
    "stage_m": mark("Stage"),
    "storage_m3": mark("Storage"),
    "pressure_m": mark("Pressure"),
    "temperature_c": mark("Water temperature"),
    "ambient_temperature_c": mark("Air temperature"),
    "rain_mm": mark("Rain"),
    "evaporation_mm": mark("Evaporation"),
    "pump_on": mark("Pump runs"),
    "run_time_h": mark("Run time"),
    "starts_count": mark("Starts"),
    "power_kw": mark("Power"),
    "energy_kwh": mark("Energy"),
    "valve_open": mark("Valve open"),
    "valve_position_pct": mark("Valve position"),
    "chlorine_mgl": mark("Chlorine"),
    "turbidity_ntu": mark("Turbidity"),
    "ph": mark("pH"),
    "conductivity_uscm": mark("Conductivity"),
    "noise_db": mark("Noise"),
    "door_open": mark("Door open"),
    "flooded": mark("Flooded"),
    "mains_power_ok": mark("Mains power"),
    "battery_v": mark("Battery voltage"),
    "battery_pct": mark("Battery"),
    "rssi_dbm": mark("Signal"),
}

DEVICE_KINDS: dict[str, str] = {
    "water_meter": mark("Water meter"),
    "flow_meter": mark("Flow meter"),
    "pressure_sensor": mark("Pressure sensor"),
    "tank_station": mark("Tank station"),
    "dam_station": mark("Dam station"),
    "weather_station": mark("Weather station"),
}

ROLES: dict[str, str] = {
    "household": mark("household"),
    "other": mark("other customer"),
    "own_use": mark("own use"),
    "inflow": mark("zone inflow"),
    "outflow": mark("zone outflow"),
    "transfer": mark("transfer between zones"),
    "tank": mark("service tank"),
    "pressure": mark("pressure"),
    "weather": mark("weather"),
    "reservoir": mark("dam"),
}

QUALITIES: dict[str, str] = {
    "GOOD": mark("good"),
    "UNKNOWN": mark("not checked"),
    "SUSPECT": mark("suspect"),
    "FAIL": mark("wrong"),
    "ESTIMATED": mark("estimated"),
    "MISSING": mark("missing"),
}

NOTICES: dict[str, str] = {
    "LEAK": mark("leak"),
    "BURST": mark("burst"),
    "DRY": mark("pipe empty"),
    "REVERSE": mark("reverse flow"),
    "TAMPER": mark("tampered with"),
    "MAGNET": mark("magnet"),
    "STOPPED": mark("meter stopped"),
    "OVERLOAD": mark("overload"),
    "FREEZE": mark("frost"),
    "BATTERY_LOW": mark("battery low"),
    "SENSOR_FAULT": mark("sensor fault"),
    "CLOCK": mark("wrong clock"),
    "POSSIBLE_REPEAT": mark("possible repeat"),
}
