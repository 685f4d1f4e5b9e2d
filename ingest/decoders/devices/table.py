"""Every device whose bytes are read, one line a codec."""

from __future__ import annotations

from ingest.decoders.devices import (
    adeunis,
    axioma,
    bmeters,
    decentlab,
    dragino,
    ellenex,
    elsys,
    enginko,
    lobaro,
    lobaro_bridge,
    lpp,
    maddalena,
    mbus_payload,
    milesight,
    netvox,
    nke_watteco,
    quandify,
    sensative,
    strega,
    vegapuls,
    zenner,
)
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
    # level, pressure, pulses, leaks, valves
    *adeunis.CODECS,
    *decentlab.CODECS,
    *dragino.CODECS,
    *ellenex.CODECS,
    *elsys.CODECS,
    *enginko.CODECS,
    *lobaro.CODECS,
    *milesight.CODECS,
    *netvox.CODECS,
    *nke_watteco.CODECS,
    *sensative.CODECS,
    *strega.CODECS,
    *vegapuls.CODECS,
)

assert len({codec.name for codec in CODECS}) == len(CODECS), "two codecs have one name"
