"""An entity's state on a topic of its own, as ESPHome and Home Assistant have it: …/sensor/<entity>/state.

The topic names no unit: an entity's own name does (watermeter_total_m3), or what was announced of it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from ingest.decoders.alarms import in_field
from ingest.decoders.announced import Announced
from ingest.decoders.fields import STATES, is_no_reading, meanings, stored, words
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from ingest.decoders.topic import levels
from ingest.decoders.value import state
from ingest.decoders.water_words import is_of_else, is_of_water
from models.errors import RefusedError
from models.units import find_unit

DOMAINS = frozenset(
    str.split(
        """sensor binary_sensor switch valve text_sensor number input_number input_boolean input_text input_select
        select button climate light cover fan lock event automation script person device_tracker sun weather zone
        update camera media_player alarm_control_panel water_heater humidifier counter timer utility_meter"""
    )
)
_MEASURED = frozenset(["sensor", "binary_sensor", "switch", "valve"])
_QUALIFIED = frozenset(
    str.split(
        """residual remaining required demand estimated simulated rated start zero empty full low high warning critical
        minimal maximal goal desired saved free used_today since reset offset lost missed sum_of total_of"""
    )
)
"""Words before a quantity's name that make something else of it."""

_OF_ANYTHING = frozenset(
    ["temperature_c", "pressure_m", "battery_v", "battery_pct", "rssi_dbm", "power_kw", "energy_kwh"]
)
"""Quantities that everything in a house has: only a name of water makes them water's."""


_METER = re.compile(r"meter|vodomer|z(?:ae|a)hler|index|stav")
"""What makes a register of cubic metres: vodomer_sklep_m3. A consumption's would be of an unknown time."""

_WEATHER = re.compile(r"_(hpa|mbar|millibar)$", re.IGNORECASE)
"""Units in which no pipe's pressure is told where nothing says that it is one."""

_NO_PLACE = frozenset(
    str.split(
        """water voda vody usage consumption consumed used spotreba wasser verbrauch my main home house dum celkem the
        wifi esp node device"""
    )
)
"""Words that tell no place from another: water_usage_total_m3 is the node's own."""


class Entity(NamedTuple):
    """base : the levels before the domain; name : the entity's; leaf : `state` or an attribute's name."""

    base: tuple[str, ...]
    domain: str
    name: str
    leaf: str


@lru_cache(maxsize=8192)
def entity_of(topic: str) -> Entity | None:
    """The entity that a topic names, None where it names none.

    >>> entity_of("vodomer/sensor/watermeter_total_m3/state")
    Entity(base=('vodomer',), domain='sensor', name='watermeter_total_m3', leaf='state')
    """
    have = levels(topic)
    if len(have) < 4 or have[-3] not in DOMAINS:
        return None
    return Entity(tuple(have[:-3]), have[-3], have[-2], have[-1])


@lru_cache(maxsize=8192)
def placed(name: str) -> tuple[str, str] | None:
    """(place, field) of an entity's name that holds both, the field with its unit; None where it doesn't.

    >>> placed("vodojem_lhota_hladina_cm"), placed("max_flow_m3h")
    (('vodojem_lhota', 'hladina_cm'), None)
    """
    parts = name.split("_")
    for cut in range(1, len(parts)):
        place, field = "_".join(parts[:cut]), "_".join(parts[cut:])
        found = meanings(field)
        if not found or not found[0].unit or is_no_reading(place) or not _QUALIFIED.isdisjoint(words(place)):
            continue
        if find_unit(field) is None or _METER.search(place):
            return place, field
    return None


@lru_cache(maxsize=8192)
def placed_as(name: str, unit: str) -> tuple[str, str] | None:
    """(place, field) of an entity's name whose last words name a quantity of a unit that is known from elsewhere.

    >>> placed_as("vodojem_lhota_hladina", "cm"), placed_as("vodojem_lhota_hladina", "°C")
    (('vodojem_lhota', 'hladina'), None)
    """
    parts = name.split("_")
    for cut in range(1, len(parts)):
        place, field = "_".join(parts[:cut]), "_".join(parts[cut:])
        if is_no_reading(place) or not _QUALIFIED.isdisjoint(words(place)):
            return None
        if any(stored(meaning.quantity, 1.0, unit) is not None for meaning in meanings(field)):
            return place, field
    return None


def take_entity(
    entity: Entity, text: str, frame: Frame, harvest: Harvest, result: Result, told: Announced | None = None
) -> None:
    """Add what an entity's state says. The frame's device is that of a name without a place of its own.

    told : what was announced of it, where something was

    Raises RefusedError where the entity tells nothing for us.
    """
    if is_of_else("/".join((*entity.base, entity.name))):
        raise RefusedError("decode.not_water", f"entity {entity.name[:60]!r} measures something other than water")
    if entity.domain not in _MEASURED:
        raise RefusedError("decode.no_reading", f"a state of domain {entity.domain} measures nothing")
    if entity.domain != "sensor":
        _take_binary(entity, text, frame, result)
        return
    if _WEATHER.search(entity.name) and not is_of_water(entity.name):
        raise RefusedError("decode.not_water", f"entity {entity.name[:60]!r} has the unit of the air's pressure")
    if found := meanings(entity.name):
        harvest.take_value(entity.name, text, frame, told.unit if told is not None and not found[0].unit else "")
        return
    split = placed(entity.name)
    if split is None and told is not None and _take_announced(entity, text, frame, harvest, told):
        return
    if split is None:
        raise RefusedError(
            "decode.no_quantity",
            f"entity {entity.name[:60]!r} names no known quantity with its unit; add a rule with quantity and unit for "
            "its topic to sources.toml",
        )
    place, field = split
    harvest.take_value(field, text, frame if frame.named else _of_place(frame, place))


def _take_announced(entity: Entity, text: str, frame: Frame, harvest: Harvest, told: Announced) -> bool:
    """By the unit and the class that were announced of an entity; False where they do not say what it is."""
    if is_no_reading(entity.name) or not _QUALIFIED.isdisjoint(words(entity.name)):
        return False
    if told.quantity:
        own = frame if frame.named else _of_place(frame, entity.name)
        return harvest.take_value(told.quantity, text, own, told.unit)
    split = placed_as(entity.name, told.unit)
    if split is None or (meanings(split[1])[0].quantity in _OF_ANYTHING and not is_of_water(entity.name)):
        return False
    return harvest.take_value(split[1], text, frame if frame.named else _of_place(frame, split[0]), told.unit)


def _of_place(frame: Frame, place: str) -> Frame:
    if _NO_PLACE.issuperset(words(place)):
        return frame
    return replace(frame, device=as_device(f"{frame.device}/{place}") or frame.device)


def _take_binary(entity: Entity, text: str, frame: Frame, result: Result) -> None:
    """Open or closed, on or off: a valve, a pump, a flood, an alarm by the last words of the entity's name."""
    truth = state(text)
    if truth is None:
        raise RefusedError("decode.no_value", f"{text[:30]!r} of entity {entity.name[:60]!r} is no state")
    if entity.domain == "valve":
        result.reading(frame.subject, "valve_open", float(truth), frame.moment)
        return
    parts = entity.name.split("_")
    for cut in range(len(parts)):
        name = "_".join(parts[cut:])
        if cut and is_no_reading("_".join(parts[:cut])):
            continue
        own = frame if not cut or frame.named else _of_place(frame, "_".join(parts[:cut]))
        found = meanings(name)
        if found and found[0].quantity in STATES:
            result.reading(own.subject, found[0].quantity, float(truth), own.moment)
            return
        if entity.domain == "binary_sensor" and (alarm := in_field(name, text)):
            result.notice(own.subject, alarm.kind, alarm.active, own.moment)
            return
    raise RefusedError("decode.no_reading", f"entity {entity.name[:60]!r} tells no state of water")
