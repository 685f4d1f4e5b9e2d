"""Units that only a model's vendor documents: field → quantity and unit, by model.

Used where a network server hands over a codec's object whose fields carry no unit. A model is found by what names it:
the device's profile, its version, its own name, the topic. A field that is not listed has no meaning by the model.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from ingest.decoders.model_name import fit

Fields = dict[str, tuple[str, str]]


class Model(NamedTuple):
    """A model by phrases of which its name must have one, and its fields: name → (quantity, unit).

    An empty quantity means that the field is no reading, though its name may look like one.
    """

    phrases: tuple[str, ...]
    fields: Fields
    documentation: str


def _model(phrases: str, fields: Fields, documentation: str) -> Model:
    return Model(tuple(phrase.strip() for phrase in phrases.split("|")), fields, documentation)


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


@lru_cache(maxsize=4096)
def documented(names: tuple[str, ...]) -> Fields:
    """What the vendor documents of a model's fields; empty for a model that is not listed.

    names : what may name the model, the surest first; the first that names a listed one holds

    >>> documented(("", "Lobaro usonic"))["vBat"]
    ('battery_v', 'V')
    """
    for name in names:
        scored = [(max(fit(phrase, name) for phrase in model.phrases), model.fields) for model in MODELS]
        best = max(scored, key=lambda pair: pair[0])
        if best[0]:
            return best[1]
    return {}
