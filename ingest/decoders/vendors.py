"""Units that only a model's vendor documents: field → quantity and unit, by model.

Used where a network server hands over a codec's object whose fields carry no unit. A model is found by the words of
its name in the device profile or the version ids; a field that is not listed here has no meaning by the model.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from ingest.decoders.fields import words

Fields = dict[str, tuple[str, str]]


class Model(NamedTuple):
    """A model by words that its name must have, and its fields: name → (quantity, unit); "" means no reading."""

    words: frozenset[str]
    fields: Fields
    documentation: str


def _model(name: str, fields: Fields, documentation: str) -> Model:
    return Model(frozenset(words(name)), fields, documentation)


_MILESIGHT = {"battery": ("battery_pct", "%")}
_DRAGINO = {"BatV": ("battery_v", "V"), "Bat": ("battery_v", "V"), "BAT": ("battery_v", "V")}

MODELS: tuple[Model, ...] = (
    _model(
        "lobaro",
        {"temp": ("temperature_c", "°C"), "vBat": ("battery_v", "V"), "vbat": ("battery_v", "V")},
        "Lobaro LoRaWAN sensors, payload description: temp in °C, vBat in V",
    ),
    _model(
        "milesight em500 swl",
        {**_MILESIGHT, "depth": ("level_m", "cm"), "water_level": ("level_m", "cm")},
        "Milesight SensorDecoders, EM500-SWL: water_level (depth in older versions) in cm, battery in %",
    ),
    _model(
        "milesight em500 pp",
        {**_MILESIGHT, "pressure": ("pressure_m", "kPa")},
        "Milesight SensorDecoders, EM500-PP: pressure in kPa, battery in %",
    ),
    _model("milesight", _MILESIGHT, "Milesight SensorDecoders: battery in %"),
    _model("dragino", _DRAGINO, "Dragino user manuals: BatV in V"),
)


@lru_cache(maxsize=1024)
def documented(model: str) -> Fields:
    """What the vendor documents of a model's fields; empty for a model that is not listed.

    >>> documented("Lobaro usonic")["vBat"]
    ('battery_v', 'V')
    """
    have = set(words(model))
    return next((entry.fields for entry in MODELS if entry.words <= have), {})
