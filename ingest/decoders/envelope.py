"""A LoRaWAN uplink as its network server wraps it, and the ways in which such envelopes write addresses and bytes."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ingest.decoders.document import Json
from ingest.decoders.names import as_device

_EUI = re.compile(r"[0-9a-fA-F]{16}")
_EUI_BYTES = 8
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One uplink as its network server wraps it.

    device : canonical; empty where nothing names it
    time : when the network received it; holds where object and bytes name no time of their own
    models : what may name the model, the surest first: profile, version, tags, the device's name
    port, counter, data : FPort, frame counter and the decrypted bytes
    decoded : the network server's codec's object, None where it has no codec
    path : where that object stands in the payload, as mapping rules write it
    normalized : The Things Stack's normalized payload, whose units that network documents
    points : ThingPark X's points, with units of their own
    strengths : signal strength at each gateway [dBm]; the strongest is the device's
    """

    dialect: str
    device: str
    time: Json
    models: tuple[Json, ...] = ()
    port: Json = None
    data: bytes | None = None
    decoded: Json = None
    normalized: Json = None
    strengths: tuple[Json, ...] = ()
    counter: Json = None
    points: Json = None
    path: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What names the model, without what is empty."""
        return tuple(name for name in self.models if isinstance(name, str) and name.strip())

    @property
    def has_object(self) -> bool:
        """Whether the network server's codec made something of the bytes."""
        return bool(isinstance(self.decoded, (dict, list)) and self.decoded) or bool(self.normalized)


def from_base64(text: Json) -> bytes | None:
    """A payload out of its base64, padded or not; None where there is none, or what stands there is not base64."""
    if not isinstance(text, str) or not text.strip():
        return None
    trimmed = text.strip().rstrip("=")
    try:
        return base64.b64decode(trimmed + "=" * (-len(trimmed) % 4), validate=True)
    except ValueError:
        return None


def from_hex(text: Json) -> bytes | None:
    """A payload out of hex digits; None where there is none, or what stands there is not hex."""
    plain = re.sub(r"[\s:-]", "", text) if isinstance(text, str) else ""
    return bytes.fromhex(plain) if _HEX.fullmatch(plain) else None


def eui(text: Json) -> str:
    """A device's address in hex or, as protobuf's JSON has bytes, in base64; other names stay as they are.

    >>> eui("cLPV514KGxE="), eui("70-B3-D5-E7-5E-0A-1B-11")
    ('70b3d5e75e0a1b11', '70b3d5e75e0a1b11')
    """
    if not isinstance(text, str):
        return ""
    plain = text.strip()
    if not _EUI.fullmatch(plain):
        raw = from_base64(plain)
        if raw is not None and len(raw) == _EUI_BYTES:
            return raw.hex()
    return as_device(plain)


def whole_number(value: Json) -> int | None:
    """A port or a count, as a number or in a string."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    return int(value) if str(value).strip().isascii() and re.fullmatch(r"\s*\d{1,9}\s*", str(value)) else None


def field(value: Json, *path: str) -> Json:
    """A nested field, None where something on the way is missing."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def fields_of(entries: Json, name: str) -> tuple[Json, ...]:
    """One field of each object of a list (or of one object that stands alone)."""
    listed: Iterable[Json] = entries if isinstance(entries, list) else [entries]
    return tuple(entry.get(name) for entry in listed if isinstance(entry, dict))
