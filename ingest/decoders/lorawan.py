"""What LoRaWAN network servers' envelopes have in common: an object made by a codec, and signal strength."""

from __future__ import annotations

from dataclasses import replace

from ingest.decoders.document import Json
from ingest.decoders.harvest import Harvest
from ingest.decoders.message import DecodeContext, Decoded, Message, Problem
from ingest.decoders.result import Result
from ingest.decoders.time import Moment
from ingest.decoders.value import number
from ingest.decoders.vendors import documented
from models.errors import RefusedError


def uplink(
    message: Message,
    context: DecodeContext,
    *,
    dialect: str,
    device: str,
    time: Json,
    model: str,
    decoded: Json,
    has_bytes: bool,
    receptions: Json,
) -> Decoded:
    """The readings of one uplink.

    time : when the network received it; holds where the codec's object names no time of its own
    model : the device's profile or version, for what only its vendor documents
    decoded : the codec's object, None where the network server has no codec
    receptions : one entry a gateway, with `rssi` [dBm]; the strongest is the device's

    Raises RefusedError decode.no_codec where there are bytes and no object.
    """
    if not device:
        raise RefusedError("decode.no_device", f"{dialect}: the uplink names no device")
    if not isinstance(decoded, (dict, list)) and has_bytes:
        raise RefusedError(
            "decode.no_codec",
            f"{dialect}: device {device} ({model or 'model not named'}) sent bytes without a decoded object; "
            "give its device profile a codec in the network server",
        )
    result = Result(dialect, context)
    harvest = Harvest(message, context, result)
    when = harvest.moment(time)
    frame = replace(harvest.frame(device), moment=when, documented=documented(model))
    if isinstance(decoded, (dict, list)):
        harvest.take(_without_names(decoded), frame)
        if result.is_empty:
            return result.finish(
                Problem("decode.unknown_fields", f"{dialect}: no field of the object of device {device} is known")
            )
    _take_signal(receptions, device, when, result)
    return result.finish(Problem("decode.no_reading", f"{dialect}: an uplink of device {device} without data"))


def _without_names(decoded: Json) -> Json:
    """A codec's object without fields that would name another device: the DevEUI is the device's name."""
    if not isinstance(decoded, dict):
        return decoded
    return {key: value for key, value in decoded.items() if key.lower().replace("_", "") not in _CODEC_NAMES}


_CODEC_NAMES = frozenset(["deviceid", "id", "name", "node", "devicename", "type", "sensor", "model", "uid", "site"])


def _take_signal(receptions: Json, device: str, when: Moment, result: Result) -> None:
    if not isinstance(receptions, list):
        return
    found = [number(entry.get("rssi")) for entry in receptions if isinstance(entry, dict)]
    strengths = [n.value for n in found if n is not None and not n.is_fault]
    if strengths:
        result.reading(device, "rssi_dbm", max(strengths), when)
