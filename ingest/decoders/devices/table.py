"""Every device whose bytes are read, one line a codec."""

from __future__ import annotations

from ingest.decoders.devices import quandify
from ingest.decoders.devices.codec import Codec

CODECS: tuple[Codec, ...] = (
    # water meters
    quandify.CODEC,
    # level, pressure, pulses
)

assert len({codec.name for codec in CODECS}) == len(CODECS), "two codecs have one name"
