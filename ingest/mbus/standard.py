"""What a meter says in the standard's records: which of them is the register of now, and which is not."""

from __future__ import annotations

from ingest.mbus import bmeters, gwf, notices, qundis, zenner
from ingest.mbus.clock import LocalTime, local_time
from ingest.mbus.coding import number
from ingest.mbus.records import Record, Records
from ingest.mbus.telegram import Content, Telegram, Value

_KAMSTRUP = frozenset(["KAM", "KAW"])
_KAMSTRUP_FLAGS = {b"\xff\x20": notices.KAMSTRUP_INFO, b"\xff\x23": notices.KAMSTRUP_STATUS}
_AXIOMA = "AXI"
_FIRST_IS_THE_REGISTER = frozenset(["KDN", "VIP"])
"""Kaden (Ecomess) sends a second volume in the same writing, of which nobody documents what it is."""

_REGISTERS = frozenset(["volume_m3", "reverse_volume_m3"])
_LITRE = -6
_ONE_WAY_RANK = 30


def content_of(telegram: Telegram, walked: Records) -> Content:
    """The values, clock and alarms that records say.

    Of now is what has function 0, storage 0, tariff 0, subunit 0. A stored register comes out where its storage has a
    date and time; a date alone does not say whether its day begins or ends. Registers of subunits come out as inputs
    where the meter has no register of its own.
    """
    meter, status = telegram.meter, telegram.status
    content = Content(alarms=notices.of_status(meter, status) if status else [])
    content.tells_alarms = status is not None and not notices.has_own_flags(meter)
    is_radio = bool(telegram.header)
    clocks: dict[int, LocalTime] = {}
    now: list[Value] = []
    inputs: list[Value] = []
    stored: list[Record] = []
    for record in walked.found:
        header, role = record.header, record.meaning.role
        if role == "value":
            if header.storage:
                stored.append(record)
            elif header.subunit:
                inputs.append(_value(record))
            elif is_radio or record.meaning.quantity != "battery_v":  # a wired meter's voltage may be the bus's
                now.append(_value(record))
        elif header.subunit:
            continue
        elif role == "moment":
            if header.storage not in clocks and (time := local_time(record.raw)):
                clocks[header.storage] = time
        elif not header.storage:
            _take_own(telegram, record, content)
    content.clock = clocks.get(0)
    content.values += _of_now(now, inputs, meter.manufacturer in _FIRST_IS_THE_REGISTER)
    if clocks and stored:
        content.values += _of_then(stored, clocks)
    if walked.manufacturer is not None:
        _take_block(telegram, walked.manufacturer, content)
    return content


def _value(record: Record) -> Value:
    """A record's value; a finer register has the lower rank, one that counts one way only a higher one."""
    means = record.meaning
    raw = number(record.coding, record.raw)
    rank = means.power - _LITRE + (_ONE_WAY_RANK if means.is_one_way else 0) if means.quantity in _REGISTERS else 0
    return Value(means.quantity, None if raw is None else means.stored(raw), None, rank, record.header.subunit, record)


def _of_now(now: list[Value], inputs: list[Value], first_holds: bool) -> list[Value]:
    """The values of now: a coarser register beside a finer one is the same, rounded; if not, both stay, in conflict."""
    quantities = {value.quantity for value in now}
    if not quantities & _REGISTERS:
        return now + [value for value in inputs if value.quantity in _REGISTERS]
    if len(quantities) == len(now):
        return now
    if first_holds:
        return list({value.quantity: value for value in reversed(now)}.values())
    finest: dict[str, Value] = {}
    kept: list[Value] = []
    for value in sorted(now, key=lambda value: value.rank):
        best = finest.setdefault(value.quantity, value)
        if best is not value and value.rank < _ONE_WAY_RANK and best.value is not None and value.value is not None:
            if abs(best.value - value.value) <= 10.0 ** (value.rank + _LITRE):
                continue
            value = value._replace(rank=best.rank)
        kept.append(value)
    return kept


def _of_then(stored: list[Record], clocks: dict[int, LocalTime]) -> list[Value]:
    """The stored registers whose storage says when."""
    found = [
        _value(record)._replace(time=clocks[record.header.storage])
        for record in stored
        if record.header.storage in clocks and not record.header.subunit and record.meaning.quantity in _REGISTERS
    ]
    return [value for value in found if value.value is not None]


def _take_own(telegram: Telegram, record: Record, content: Content) -> None:
    """Flags and what else only a manufacturer's documents explain."""
    meter, means = telegram.meter, record.meaning
    flags = int.from_bytes(record.raw, "little")
    if means.role == "error_flags":
        found = notices.of_error_flags(meter, flags)
        if found is not None:
            content.alarms += found
            content.tells_alarms = True
    elif means.role == "battery_share":
        if meter.manufacturer == _AXIOMA and len(record.raw) == 1 and flags <= 100:
            content.values.append(Value("battery_pct", float(flags)))
    elif meter.manufacturer == qundis.MANUFACTURER and means.code == qundis.WALK_BY:
        content.values += qundis.walk_by(record.raw)
    elif meter.manufacturer in _KAMSTRUP and means.code in _KAMSTRUP_FLAGS:
        content.alarms += notices.alarms(_KAMSTRUP_FLAGS[means.code], flags)
        content.tells_alarms = True


def _take_block(telegram: Telegram, block: bytes, content: Content) -> None:
    """What follows after DIF 0F, for the makers who let it be known."""
    meter = telegram.meter
    if meter.manufacturer == "BMT" and meter.version in bmeters.HYDRODIGIT_VERSIONS:
        bmeters.hydrodigit(block, content)
    elif meter.manufacturer == "GWF":
        gwf.flags(block, content)
    elif meter[0:1] + meter[2:4] == zenner.MODEL:
        content.values += zenner.version_0b(telegram, block).values
