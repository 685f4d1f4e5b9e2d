"""M-Bus application data inside a LoRaWAN frame: Kamstrup flowIQ, and others that send EN 13757-3 records.

The frame begins with the transport header's CI field: 78 none, 7A short, 72 long with the meter's address. A volume of
storage 1 belongs to the date and time of storage 1; an inverse compact profile beside it holds the steps back in time
from that value. Minima, maxima and values during an error (functions 1 to 3) are not the register. Clocks show local
time.

Documentation: EN 13757-3:2018 (annex F: compact profiles), EN 13757-7; Kamstrup's codec in
TheThingsNetwork/lorawan-devices, vendor/kamstrup/mbusparser.js. Other makers are unverified by a real sample.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.devices.mbus_records import Record, records, steps
from ingest.decoders.frames import Frame
from ingest.decoders.message import Message, Problem
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from ingest.decoders.telegram import take
from ingest.decoders.time import Moment
from ingest.mbus.clock import local_time
from ingest.mbus.coding import number
from ingest.mbus.identity import identity
from ingest.mbus.meter import answered
from ingest.mbus.units import meaning
from models.errors import RefusedError
from models.notice import NoticeKind

_NO_HEADER, _SHORT_HEADER, _LONG_HEADER = 0x78, 0x7A, 0x72
_HEADER_BYTES = {_NO_HEADER: 1, _SHORT_HEADER: 5, _LONG_HEADER: 13}
_ENCRYPTED = 0x1F00
_NOW, _MAXIMUM = 0, 1
_DATE_AND_TIME = b"\x6d"
_INVERSE_PROFILE = 0x13
_HEAT = frozenset([*range(0x10), *range(0x5C, 0x64)])
"""VIF of energy, of a return flow's temperature and of a difference of temperatures."""

_REGISTERS = ("volume_m3", "reverse_volume_m3")
_SPACINGS = ("seconds", "minutes", "hours", "days")

_KAMSTRUP_INFO = b"\xff\x25"
_INFO_BITS = (
    NoticeKind.DRY,
    NoticeKind.REVERSE,
    NoticeKind.LEAK,
    NoticeKind.BURST,
    NoticeKind.TAMPER,
    NoticeKind.BATTERY_LOW,
    NoticeKind.FREEZE,
)
"""Kamstrup's info code by bit, up to "low ambient temperature"; a high one is no alarm of ours.

A daily log has the day's, as a "maximum".
"""


def _decode(uplink: Uplink, result: Result) -> None:
    data = uplink.data
    header = _HEADER_BYTES.get(data[0]) if data else None
    if header is None or len(data) < header:
        raise uplink.refuse("M-Bus data begins with 72, 78 or 7a and its header")
    is_encrypted = bool(header > 1 and int.from_bytes(data[header - 2 : header], "little") & _ENCRYPTED)
    if is_encrypted and data[0] == _SHORT_HEADER:
        raise uplink.refuse("it is encrypted, and its header lacks the address that its key needs")
    if is_encrypted:
        message = Message("", data, uplink.moment.time)
        take(answered(data, uplink.context.keys), Frame(data), message, uplink.context, result)
        return
    device = _meter(data) if data[0] == _LONG_HEADER else uplink.device
    try:
        found = list(records(data[header:]))
    except (IndexError, ValueError):
        raise uplink.refuse("a record reaches beyond its end") from None
    if any(record.codes[0] & 0x7F in _HEAT for record in found):
        raise RefusedError("decode.not_water", f"device {device} counts energy, not water")
    clocks: dict[int, str] = {}
    for record in found:
        if record.codes == _DATE_AND_TIME and record.function == _NOW and (at := local_time(record.raw)):
            clocks[record.storage] = at.text
    for record in found:
        _take(record, found, device, clocks, uplink, result)


def _meter(data: bytes) -> str:
    """The meter that a long header names.

    Raises RefusedError decode.not_water where it measures something else.
    """
    meter = identity(data[5:7] + data[1:5] + data[7:9])
    if not meter.is_water:
        raise RefusedError("decode.not_water", f"device {meter.device} measures {meter.medium_name}, not water")
    return as_device(meter.device)


def _take(
    record: Record, found: list[Record], device: str, clocks: dict[int, str], uplink: Uplink, result: Result
) -> None:
    """A record of now, a register stored with its time, a profile of registers, or an info code."""
    when = _moment(record.storage, clocks, uplink)
    if when is None or not record.is_own:
        return
    if record.codes == _KAMSTRUP_INFO and record.function in (_NOW, _MAXIMUM):
        _take_info(int.from_bytes(record.raw, "little"), device, when, result)
    elif record.function != _NOW:
        return
    elif record.codes[-1] == _INVERSE_PROFILE and len(record.codes) > 1:
        _take_profile(record, found, device, clocks, uplink, result)
    elif (means := meaning(record.codes)).role == "value" and (not record.storage or means.quantity in _REGISTERS):
        raw = number(record.coding, record.raw)
        if raw is not None:
            result.reading(device, means.quantity, means.stored(raw), when, rank=int(means.is_one_way))
        elif means.quantity in _REGISTERS:
            result.fault(device, when, f"meter {device} says that its register has no value")
        else:
            result.problem(Problem("decode.no_value", f"meter {device} says that {means.quantity} has no value"))


def _moment(storage: int, clocks: dict[int, str], uplink: Uplink) -> Moment | None:
    """When a record was: its storage's time; of now the frame's; None for a stored one whose time is not told."""
    if storage in clocks:
        return uplink.local(clocks[storage])
    return None if storage else uplink.moment


def _take_info(bits: int, device: str, when: Moment, result: Result) -> None:
    for bit, kind in enumerate(_INFO_BITS):
        if bits >> bit & 1:
            result.notice(device, kind, True, when)
    result.complete_status(device)


def _take_profile(
    record: Record, found: list[Record], device: str, clocks: dict[int, str], uplink: Uplink, result: Result
) -> None:
    """The register an hour, two, three before the one that stands beside it."""
    codes = bytes([*record.codes[:-2], record.codes[-2] & 0x7F])
    means = meaning(codes)
    profile = steps(record.raw)
    base = next((r for r in found if r.codes == codes and r.storage == record.storage and r.function == _NOW), None)
    value = None if base is None else number(base.coding, base.raw)
    if profile is None or value is None or record.storage not in clocks or means.quantity not in _REGISTERS:
        result.problem(
            Problem("decode.no_value", f"meter {device}: a profile without the value or time it starts from")
        )
        return
    time = datetime.fromisoformat(clocks[record.storage])
    for difference in profile.differences:
        if difference is None:
            return
        value -= difference
        time -= timedelta(**{_SPACINGS[profile.unit]: profile.spacing})
        when = uplink.local(time.isoformat())
        if not when.flags:
            result.reading(device, means.quantity, means.stored(value), when)


CODEC = Codec(
    "mbus-payload",
    ("kamstrup", "flowiq", "flowiq 2200", "diehl", "hydrus", "izar", "oms", "m-bus", "mbus", "mbus payload"),
    _decode,
)
