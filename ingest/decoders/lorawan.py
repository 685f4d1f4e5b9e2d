"""What LoRaWAN network servers' envelopes have in common: an object made by a codec, and signal strength."""

from __future__ import annotations

import base64
from dataclasses import replace

from ingest.decoders.devices.codec import Uplink, find
from ingest.decoders.devices.table import CODECS
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
    models: tuple[Json, ...],
    decoded: Json,
    port: Json,
    data: bytes | None,
    receptions: Json,
) -> Decoded:
    """The readings of one uplink: of the codec's object; where there is none, or none that is known, of the bytes.

    time : when the network received it; holds where object and bytes name no time of their own
    models : what the envelope has that may name the model, the surest first: profile, version, the device's name
    decoded : the network server's codec's object, None where it has no codec
    port, data : FPort and the decrypted bytes
    receptions : one entry a gateway, with `rssi` [dBm]; the strongest is the device's

    Raises RefusedError decode.no_codec where there are bytes and neither an object nor a codec of ours.
    """
    if not device:
        raise RefusedError("decode.no_device", f"{dialect}: the uplink names no device")
    result = Result(dialect, context)
    harvest = Harvest(message, context, result)
    names = tuple(name for name in models if isinstance(name, str) and name.strip())
    model = names[0] if names else ""
    frame = replace(harvest.frame(device), moment=harvest.moment(time), documented=documented(model))
    if isinstance(decoded, (dict, list)):
        harvest.take(_without_names(decoded), frame)
    if data and result.is_empty:
        whole = Uplink(device, port if isinstance(port, int) else None, data, model, frame.moment, context)
        if found := find(whole, (*names, message.topic), CODECS):
            codec, whole = found
            codec.decode(whole, result)
        elif not isinstance(decoded, (dict, list)):
            raise RefusedError("decode.no_codec", _no_codec(dialect, whole))
    if result.is_empty and (data or isinstance(decoded, (dict, list))):
        return result.finish(
            Problem("decode.unknown_fields", f"{dialect}: no field of the object of device {device} is known")
        )
    _take_signal(receptions, device, frame.moment, result)
    return result.finish(Problem("decode.no_reading", f"{dialect}: an uplink of device {device} without data"))


def from_base64(text: Json) -> bytes | None:
    """A payload out of its base64; None where there is none, or what stands there is not base64."""
    if not isinstance(text, str) or not text:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def _no_codec(dialect: str, uplink: Uplink) -> str:
    port = "no port" if uplink.port is None else f"port {uplink.port}"
    model = uplink.model or "model not named"
    return (
        f"{dialect}: device {uplink.device} ({model}) sent {len(uplink.data)} bytes on {port} without a decoded "
        "object, and no codec here is of that model; give its profile a codec in the network server, or name vendor "
        "and model in the profile, the device's name or the topic"
    )


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
