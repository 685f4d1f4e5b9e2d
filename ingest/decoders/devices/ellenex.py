"""Ellenex PLS2-L level probe and PTS2-L pressure transmitter: eight bytes on port 1, the last the battery in 0.1 V.

PLS2-L: bytes 4 and 5 are the level in mm. PTS2-L has the same layout, but in public its unit stands nowhere.

Documentation: codecs of actility/device-catalog (vendors/ellenex/drivers/pls2-l and pts2-l).
"""

from __future__ import annotations

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.message import Problem
from ingest.decoders.result import Result

_BYTES = 8


def _level(uplink: Uplink, result: Result) -> None:
    _battery(uplink, result)
    level_mm = int.from_bytes(uplink.data[3:5], "big", signed=True)
    result.reading(uplink.device, "level_m", level_mm / 1000, uplink.moment)


def _pressure(uplink: Uplink, result: Result) -> None:
    _battery(uplink, result)
    result.problem(Problem("decode.no_unit", f"device {uplink.device}: the unit of its pressure is not documented"))


def _battery(uplink: Uplink, result: Result) -> None:
    if uplink.port not in (1, None) or len(uplink.data) != _BYTES:
        raise uplink.refuse(f"a probe sends {_BYTES} bytes on port 1")
    result.reading(uplink.device, "battery_v", uplink.data[7] / 10, uplink.moment)


CODECS = (
    Codec("ellenex pls2-l", ("pls2-l", "ellenex pls2"), _level),
    Codec("ellenex pts2-l", ("pts2-l", "ellenex pts2"), _pressure),
)
