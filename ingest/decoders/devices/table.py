"""Every device whose bytes are read, one line a codec."""

from __future__ import annotations

from ingest.decoders.devices import axioma, bmeters, lobaro_bridge, lpp, maddalena, mbus_payload, quandify, zenner
from ingest.decoders.devices.codec import Codec

CODECS: tuple[Codec, ...] = (
    # water meters
    axioma.CODEC,
    bmeters.MODULE,
    bmeters.HYDRODIGIT,
    maddalena.CODEC,
    mbus_payload.CODEC,
    lobaro_bridge.CODEC,
    quandify.CODEC,
    zenner.METER,
    zenner.PULSES,
    lpp.CODEC,
    # level, pressure, pulses
)

assert len({codec.name for codec in CODECS}) == len(CODECS), "two codecs have one name"
