"""A network server's codec's object, made fit for reading its fields by name."""

from __future__ import annotations

from ingest.decoders.document import Json
from ingest.decoders.fields import STATES, meanings
from ingest.decoders.harvest import Harvest
from ingest.decoders.vendors import Fields

_SOMETHING = ("?", "")
_VALUES = frozenset(["value", "v", "val", "reading"])
_LABELS = frozenset(["name", "type"])
_CODEC_NAMES = _LABELS | frozenset(
    str.split("deviceid id node devicename sensor sensorid model uid site station asset thing gateway")
)


def readable(value: Json, known: Fields, harvest: Harvest) -> Json:
    """The object without what would name another device, and without what its vendor says is no reading.

    The DevEUI is the device's name; only a meter's own number may take its place. A name or type beside a value says
    what the value is; of both the one with a meaning does. A truth under a number's name (backflow: true) is an alarm.
    """
    if isinstance(value, list):
        return [readable(inner, known, harvest) if isinstance(inner, (dict, list)) else inner for inner in value]
    if not isinstance(value, dict):
        return value
    strange, labels = _CODEC_NAMES, {}
    if shown := next((key for key in value if key.lower() in _VALUES), ""):
        labels = {key: inner for key, inner in value.items() if key.lower() in _LABELS and isinstance(inner, str)}
        telling = {key.lower() for key, label in labels.items() if harvest.names_quantity(label)}
        strange = _CODEC_NAMES - _LABELS | ({key.lower() for key in labels} - telling if telling else set())
    result: dict[str, Json] = {}
    for key, inner in value.items():
        if key.lower().replace("_", "") in strange or not known.get(key, _SOMETHING)[0]:
            continue
        if isinstance(inner, (dict, list)):
            result[key] = readable(inner, known, harvest)
        elif key in labels:
            result[key] = _as_alarm(labels[key], value[shown], harvest)
        else:
            result[key if key in known else _as_alarm(key, inner, harvest)] = inner
    return result


def _as_alarm(name: str, raw: Json, harvest: Harvest) -> str:
    """A name that alone would be a number's, told to be an alarm's where a truth stands there."""
    if not isinstance(raw, bool) or harvest.is_mapped(name):
        return name
    found = meanings(name)
    return f"{name}_alarm" if found and found[0].quantity not in STATES else name
