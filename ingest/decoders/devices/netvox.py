"""Netvox leak detectors R311W, R718WA, R718WB (port 6): version, model, kind of report, battery, states.

Documentation: Netvox, "LoRaWAN application command" and the models' decoders in TheThingsNetwork/lorawan-devices
(vendor/netvox/payload): battery in tenths of a volt, its highest bit says that it is low.
"""

from __future__ import annotations

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.result import Result
from models.notice import NoticeKind

_DATA_PORT, _SETTINGS_PORT = 6, 7
_BYTES = 11
_STATUS, _VERSION = 1, 0
_SENSORS = {6: ("", "#2"), 50: ("",), 18: ("",)}
"""How many leak sensors a model has: R311W, R718WA, R718WB."""


def _decode(uplink: Uplink, result: Result) -> None:
    data = uplink.data
    if uplink.port == _SETTINGS_PORT:
        raise uplink.without_reading("an answer on settings")
    if uplink.port not in (_DATA_PORT, None) or len(data) != _BYTES or data[1] not in _SENSORS:
        raise uplink.refuse(f"a leak detector sends {_BYTES} bytes on port 6, the second its model (06, 12, 32)")
    if data[2] == _VERSION:
        raise uplink.without_reading("a report of versions")
    if data[2] != _STATUS:
        raise uplink.refuse(f"report {data[2]:02x} is not documented")
    result.notice(uplink.device, NoticeKind.BATTERY_LOW, bool(data[3] & 0x80), uplink.moment)
    result.reading(uplink.device, "battery_v", (data[3] & 0x7F) / 10, uplink.moment)
    for sensor, suffix in enumerate(_SENSORS[data[1]]):
        result.reading(uplink.device + suffix, "flooded", float(data[4 + sensor] != 0), uplink.moment)


CODECS = (Codec("netvox leak", ("r311w", "r718wa", "r718wb"), _decode),)
