"""What a field's name means: which quantity, in which unit, and which look like one and are none.

Names in payloads are English, Czech or German, in snake_case, camelCase or with spaces. A name is cut into words;
the last ones may be a unit; the rest must stand in NAMES to the letter. So `total_m3` is the register and
`target_m3`, `april_total_m3`, `total_m3_at_set_date` are not.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from models.quantity import QUANTITIES
from models.quantity_units import COUNTS, DIMENSION_OF, STATES, own_unit, stored
from models.units import find_unit

__all__ = ["COUNTS", "DIMENSION_OF", "STATES", "own_unit", "stored"]


class Meaning(NamedTuple):
    """What a field is.

    quantity : name in models.quantity; empty for a field that has a unit only with the payload's help
    unit : the unit in the field's name, empty where there is none
    rank : of two fields of one quantity in one object the one of lower rank holds
    channel : the input of a station that the name numbers, or 0
    """

    quantity: str
    unit: str
    rank: int = 0
    channel: int = 0


ONE_WAY = frozenset(["inflow_m3h", "outflow_m3h"])
"""Flows with a direction in their name, of which a tank has both."""

# Names without their unit, by quantity; after a bar the ones that hold only where no better one stands beside.
NAMES: dict[str, str] = {
    "volume_m3": """volume total water total_volume total_water water_total water_volume volume_total meter_reading
        meter_value cumulative cumulative_volume accumulated_volume volume_accumulated current_volume actual_volume
        total_flow_volume register volume_register index meter_index water_index water_meter watermeter
        watermeter_total water_meter_total total_water_volume total_volume_water objem stav stav_vodomeru
        celkovy_objem zaehlerstand zahlerstand volumen gesamtvolumen water_used total_liter water_volume_total
        totalizer totaliser totalizator sumar
        | forward forward_volume volume_forward total_forward forward_total positive_volume forward_flow_volume
        total_forward_volume forward_water_volume total_forward_flow""",
    "reverse_volume_m3": """reverse reverse_volume volume_reverse total_reverse reverse_total backflow backflow_volume
        backward backward_volume volume_backward total_backward total_backwards backward_total negative_volume
        reverse_flow_volume reverse_water_volume total_reverse_volume total_backward_flow zpetny_objem rueckfluss""",
    "flow_m3h": """flow flow_rate flowrate volume_flow volume_flow_rate water_flow current_flow actual_flow
        instant_flow instantaneous_flow momentary_flow water_flow_rate active_flow active_liter prutok okamzity_prutok
        discharge streamflow river_flow durchfluss momentandurchfluss""",
    "inflow_m3h": "inflow inflow_rate pritok zufluss",
    "outflow_m3h": "outflow outflow_rate odtok abfluss",
    "level_m": """level water_level waterlevel depth water_depth tank_level fill_level liquid_level water_deep hladina
        gauge_height gage_height vyska_hladiny fuellstand wasserstand pegel""",
    "stage_m": "stage kota_hladiny water_stage",
    "storage_m3": "storage stored stored_volume tank_volume reservoir_volume akumulace",
    "pressure_m": """pressure water_pressure line_pressure pipe_pressure gauge_pressure relative_pressure tlak
        tlak_vody druck wasserdruck""",
    "temperature_c": """temperature temp water_temperature water_temp flow_temperature medium_temperature
        media_temperature fluid_temperature teplota teplota_vody temperatur wassertemperatur""",
    "ambient_temperature_c": """ambient_temperature external_temperature room_temperature air_temperature
        outside_temperature outdoor_temperature ambient_temp air_temp teplota_okoli teplota_vzduchu lufttemperatur""",
    "rain_mm": "rain rainfall precipitation srazky niederschlag",
    "evaporation_mm": "evaporation vypar",
    "run_time_h": "run_time runtime pump_run_time pump_runtime operating_hours motohodiny provozni_hodiny",
    "power_kw": "pump_power power",
    "energy_kwh": "pump_energy energy",
    "valve_position_pct": "valve_position valve_opening poloha_ventilu",
    "chlorine_mgl": "chlorine free_chlorine residual_chlorine chlor volny_chlor",
    "turbidity_ntu": "turbidity zakal truebung",
    "conductivity_uscm": "conductivity electrical_conductivity vodivost leitfaehigkeit",
    "noise_db": "noise noise_level hluk",
    "battery_v": """battery battery_voltage voltage_battery vbat v_bat bat bat_v batt battery_volt battery_vdc baterie
        | voltage""",
    "battery_pct": "battery battery_level battery_remaining remaining_battery bat baterie battery_charge",
    "rssi_dbm": "rssi signal signal_strength",
    "pulses": "pulses pulse_count pulse_counter pulse impulses impulse_count impulzy pulse_total total_pulses",
    "starts_count": "starts_count starts pump_starts start_count",
    "ph": "ph ph_value p_h",
    "pump_on": "pump_on pump pump_running pump_state cerpadlo",
    "valve_open": "valve_open valve valve_state valve_status ventil",
    "door_open": "door_open door dvere",
    "flooded": "flooded flood zaplaveni",
    "mains_power_ok": "mains_power_ok mains_power mains_ok",
}

NOT_A_READING = frozenset(
    str.split(
        """target set due max maximum min minimum avg average mean daily day today yesterday month monthly week
    weekly hourly hour year yearly annual annually previous prev last history hist log offset limit limits
    threshold thresholds alarm setpoint nominal delta diff difference increment distance raw correction
    factor january february march april may june july august september october november december billing
    tariff duration config configuration settings calibration firmware expected forecast predicted interval
    period gas plyn heat teplo heating electricity electric elektro energy_meter cooling absolute atmospheric
    barometric internal device board chip cpu mcu uptime error errors quota budget price cost location gps
    downlink command bad invalid failed fault faults quality qualities"""
    )
)
"""Words that make a name, a container's or a topic's, something else than a reading of now."""

_DECLARED_UNITLESS = {"percent": "%", "percentage": "%", "pct": "%"}
_LETTERS: dict[tuple[str, ...], str] = {("q",): "flow_m3h", ("p",): "pressure_m"}
"""The trade's letters, which say enough beside a unit: Q_ls, p_bar."""

_CALENDAR_WORDS = frozenset(str.split("hour day days den dny tag minute second"))
"""Units that in a name say for which time a value holds: run_time_day is today's."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNITS_IN_CAPITALS = re.compile(r"(kPa|MPa|hPa|mV|kWh|kW|dBm)(?![a-z])")
_SEPARATOR = re.compile(r"[\s_\-./:\[\]()]+")
_CHANNEL = re.compile(r"(?:ch|channel|input|kanal|vstup|port)(\d{1,2})$")
_CHANNEL_WORDS = frozenset(["ch", "channel", "input", "kanal", "vstup"])
_UNIT_WORDS_AT_MOST = 3
_LONGEST = 120
"""Signs of a name that are looked at."""


def words(name: str) -> tuple[str, ...]:
    """A name's words, lower case, without accents.

    >>> words("waterTemp_C"), words("Hladina vodojemu")
    (('water', 'temp', 'c'), ('hladina', 'vodojemu'))
    """
    whole = _UNITS_IN_CAPITALS.sub(lambda match: f"_{match[1].lower()}_", name[:_LONGEST])
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", _CAMEL.sub("_", whole).replace("³", "3")) if not _is_accent(c)
    )
    return tuple(word for word in _SEPARATOR.split(plain.casefold()) if word)


def _is_accent(character: str) -> bool:
    return unicodedata.combining(character) != 0


def _table() -> dict[str, tuple[tuple[str, int], ...]]:
    result: dict[str, list[tuple[str, int]]] = {}
    for quantity, text in NAMES.items():
        for rank, part in enumerate(text.split("|")):
            for name in part.split():
                result.setdefault(name, []).append((quantity, rank))
    return {name: tuple(entries) for name, entries in result.items()}


_QUANTITIES_OF = _table()


def meanings(name: str) -> tuple[Meaning, ...]:
    """What a field of this name may be; several where only the payload's unit can tell (battery: V or %).

    >>> meanings("total_m3")[0].quantity, meanings("target_m3"), meanings("ch2_volume_l")[0].channel
    ('volume_m3', (), 2)
    """
    return _meanings(name if len(name) <= _LONGEST else name[:_LONGEST])


@lru_cache(maxsize=8192)
def _meanings(name: str) -> tuple[Meaning, ...]:
    if name in QUANTITIES:
        return (Meaning(name, own_unit(name)),)
    parts, channel = _without_channel(words(name))
    found: list[Meaning] = []
    for cut in range(min(_UNIT_WORDS_AT_MOST, len(parts)), -1, -1):
        stem, tail = parts[: len(parts) - cut], parts[len(parts) - cut :]
        unit = _unit_word(tail)
        if cut and not unit:
            continue
        found = [
            Meaning(quantity, unit, rank, channel)
            for quantity, rank in _QUANTITIES_OF.get("_".join(stem), ())
            if _fits(quantity, unit)
        ]
        if stem in _LETTERS and unit and _fits(_LETTERS[stem], unit):
            found = [Meaning(_LETTERS[stem], unit, 0, channel)]
        if not stem and (dimension := find_unit(unit)) and dimension.dimension == "volume" and len(unit) > 1:
            found = [Meaning("volume_m3", unit, 0, channel)]
        if found:
            break
    return tuple(found)


def _without_channel(parts: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    for at, word in enumerate(parts):
        if match := _CHANNEL.match(word):
            return parts[:at] + parts[at + 1 :], int(match[1])
        if word in _CHANNEL_WORDS and at + 1 < len(parts) and parts[at + 1].isdigit():
            return parts[:at] + parts[at + 2 :], int(parts[at + 1])
    return parts, 0


def _unit_word(tail: tuple[str, ...]) -> str:
    """The unit in a name's last words: m3, m3_h, l_min, pct…; empty where they are none."""
    if not tail:
        return ""
    if len(tail) == 1:
        word = _DECLARED_UNITLESS.get(tail[0], tail[0])
        return word if find_unit(word) and word not in _CALENDAR_WORDS else ""
    for joined in ("/".join(tail), "".join(tail)):
        if (unit := find_unit(joined)) and unit.dimension in ("flow", "concentration", "conductivity"):
            return joined
    return ""


def _fits(quantity: str, unit: str) -> bool:
    """Whether a unit in the name can be this quantity's; a name without unit waits for the payload's."""
    if not unit:
        return True
    dimension = DIMENSION_OF.get(quantity)
    found = find_unit(unit)
    if dimension is None or found is None:
        return False
    if quantity == "pressure_m" and unit == "m":
        return True
    return found.dimension == dimension


def is_no_reading(name: str) -> bool:
    """Whether a name has a word that makes it a maximum, a date's value, another medium…"""
    return _is_no_reading(name[:_LONGEST])


@lru_cache(maxsize=8192)
def _is_no_reading(name: str) -> bool:
    return not NOT_A_READING.isdisjoint(words(name))


def channel_of(name: str) -> int:
    """The input that a container's name numbers (`ch2`, `channel_2`, `input2`), or 0."""
    return _channel_of(name[:_LONGEST])


@lru_cache(maxsize=8192)
def _channel_of(name: str) -> int:
    parts, channel = _without_channel(words(name))
    return channel if not parts else 0
