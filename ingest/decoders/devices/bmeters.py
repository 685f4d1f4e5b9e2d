"""B METERS: IWM-LR3 and IWM-LR4 modules on mechanical meters, and Hydrodigit with its LoRaWAN output.

IWM-LR3/LR4, 13 bytes (15 with a temperature), port 1
    application 44, counter 4, reverse counter 4, index K, medium, VIF, alarms, [temperature 2, high byte first, 0.1 °C]
Hydrodigit, 9 bytes (11 with a temperature)
    application 45, counter 3, highest four bits of counter and reverse, reverse 3, alarms, [temperature as above]

Counters are binary, low byte first; the counter is what flowed forward less what flowed back. The manual's VIF is the
M-Bus one: 13 litres, 14 decalitres, 15 hectolitres, 16 m³; the reverse counter's unit is only certain where it is
litres as well. Public codecs differ: some read decimal digits, which the counters of the manual's own example are not.

Documentation: B METERS, "IWM-LR3 – IWM-LR4 user manual" v1.0, pages 8 and 9; "Hydrodigit user manual" v1.4.3, page 18.
The Hydrodigit's layout is unverified by a real sample.
"""

from __future__ import annotations

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.result import Result
from models.notice import NoticeKind

_MODULE_BYTES, _DIGIT_BYTES = (13, 15), (9, 11)
_MODULE_APPLICATIONS = (0x44, 44)
_DIGIT_APPLICATIONS = (0x45, 45)
_LITRES = 0x13
_DIVISORS = {_LITRES: 1000, 0x14: 100, 0x15: 10, 0x16: 1}
_NO_COUNT = 0xFFFFFFFF

_MODULE_ALARMS = (
    NoticeKind.MAGNET,
    NoticeKind.TAMPER,
    NoticeKind.TAMPER,
    NoticeKind.LEAK,
    NoticeKind.REVERSE,
    NoticeKind.BATTERY_LOW,
)
"""By bit: magnet, module removed, sensor fraud, leakage, reverse flow, low battery."""

_DIGIT_ALARMS = (
    NoticeKind.LEAK,
    None,
    NoticeKind.OVERLOAD,
    NoticeKind.BURST,
    NoticeKind.REVERSE,
    NoticeKind.BATTERY_LOW,
)
"""By bit: leak, wrong installation, overflow, burst, reverse flow, low battery."""


def _decode_module(uplink: Uplink, result: Result) -> None:
    """A report of an IWM module: counters in the unit of its VIF."""
    data = uplink.data
    if len(data) not in _MODULE_BYTES or data[0] not in _MODULE_APPLICATIONS:
        raise uplink.refuse("a report has 13 or 15 bytes and begins with 44")
    divisor = _DIVISORS.get(data[11])
    if divisor is None:
        raise uplink.refuse(f"VIF {data[11]:02x} names no unit of a volume")
    counter, reverse = (int.from_bytes(data[at : at + 4], "little") for at in (1, 5))
    if counter != _NO_COUNT:
        result.reading(uplink.device, "volume_m3", counter / divisor, uplink.moment)
    if data[11] == _LITRES and reverse != _NO_COUNT:
        result.reading(uplink.device, "reverse_volume_m3", reverse / divisor, uplink.moment)
    _take_alarms(data[12], _MODULE_ALARMS, uplink, result)
    _take_temperature(data[13:], uplink, result)


def _decode_digit(uplink: Uplink, result: Result) -> None:
    """A report of a Hydrodigit: counters of 28 bits in litres."""
    data = uplink.data
    if len(data) not in _DIGIT_BYTES or data[0] not in _DIGIT_APPLICATIONS:
        raise uplink.refuse("a report has 9 or 11 bytes and begins with 45")
    counter = int.from_bytes(data[1:4], "little") | data[4] >> 4 << 24
    reverse = int.from_bytes(data[5:8], "little") | (data[4] & 0x0F) << 24
    result.reading(uplink.device, "volume_m3", counter / 1000, uplink.moment)
    result.reading(uplink.device, "reverse_volume_m3", reverse / 1000, uplink.moment)
    _take_alarms(data[8], _DIGIT_ALARMS, uplink, result)
    _take_temperature(data[9:], uplink, result)


def _take_alarms(bits: int, kinds: tuple[NoticeKind | None, ...], uplink: Uplink, result: Result) -> None:
    for bit, kind in enumerate(kinds):
        if kind is not None and bits >> bit & 1:
            result.notice(uplink.device, kind, True, uplink.moment)
    result.complete_status(uplink.device)


def _take_temperature(raw: bytes, uplink: Uplink, result: Result) -> None:
    """Tenths of a degree, where the device is set to send them."""
    if raw:
        result.reading(uplink.device, "temperature_c", int.from_bytes(raw, "big", signed=True) / 10, uplink.moment)


MODULE = Codec("bmeters-iwm", ("iwm-lr3", "iwmlr3", "iwm-lr4", "iwmlr4", "iwm lr"), _decode_module)
HYDRODIGIT = Codec("bmeters-hydrodigit", ("hydrodigit",), _decode_digit)
