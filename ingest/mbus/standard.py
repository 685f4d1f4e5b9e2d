"""What a meter says in the standard's records: which of them is the register of now, and which is not."""

from __future__ import annotations

from ingest.mbus import bmeters, gwf, notices, qundis, zenner
from ingest.mbus.clock import LocalTime, local_time
from ingest.mbus.coding import number
from ingest.mbus.records import INSTANTANEOUS, Record, Records
from ingest.mbus.telegram import Content, Telegram, Value

_KAMSTRUP = frozenset(["KAM", "KAW"])
_KAMSTRUP_FLAGS = {b"\xff\x20": notices.KAMSTRUP_INFO, b"\xff\x23": notices.KAMSTRUP_STATUS}
_AXIOMA = "AXI"
_FIRST_IS_THE_REGISTER = frozenset(["KDN", "VIP"])
"""Kaden (Ecomess) sends a second volume in the same writing, of which nobody documents what it is."""

_REGISTERS = frozenset(["volume_m3", "reverse_volume_m3"])
_LITRE = -6
_ONE_WAY_RANK = 30


class _Collected:
    """Values while a telegram's records are walked."""

    def __init__(self) -> None:
        self.now: list[tuple[int, Value]] = []
        self.inputs: list[Value] = []
        self.stored: list[tuple[int, Value]] = []
        self.clocks: dict[int, LocalTime] = {}


def content_of(telegram: Telegram, walked: Records) -> Content:
    """The values, clock and alarms that records say.

    Of now is what has function 0, storage 0, tariff 0, subunit 0. A stored register comes out where its storage has a
    date and time; a date alone does not say whether its day begins or ends. Registers of subunits come out as inputs
    where the meter has no register of its own.
    """
    content = Content(
        alarms=notices.of_status(telegram.meter, telegram.status), tells_alarms=telegram.status is not None
    )
    collected = _Collected()
    for record in walked.found:
        header = record.header
        if header.function != INSTANTANEOUS or header.tariff:
            continue
        role = record.meaning.role
        if role == "value":
            _take_value(telegram, record, collected)
        elif role == "moment":
            if header.subunit == 0 and header.storage not in collected.clocks and (time := local_time(record.raw)):
                collected.clocks[header.storage] = time
        elif header.storage == 0 and header.subunit == 0:
            _take_own(telegram, record, content)
    content.clock = collected.clocks.get(0)
    content.values += _of_now(collected, telegram.meter.manufacturer in _FIRST_IS_THE_REGISTER)
    for storage, value in collected.stored:
        if storage in collected.clocks and value.value is not None:
            content.values.append(value._replace(time=collected.clocks[storage]))
    if walked.manufacturer is not None:
        _take_block(telegram, walked.manufacturer, content)
    return content


def _take_value(telegram: Telegram, record: Record, collected: _Collected) -> None:
    header, means = record.header, record.meaning
    quantity = means.quantity
    is_register = quantity in _REGISTERS
    if quantity == "battery_v" and not telegram.header:  # what a wired meter measures may be the bus
        return
    if (header.storage or header.subunit) and not is_register:
        return
    raw = number(record.coding, record.raw)
    rank = (_ONE_WAY_RANK if means.is_one_way else 0) + means.power - _LITRE if is_register else 0
    value = Value(quantity, None if raw is None else means.stored(raw), None, rank, header.subunit)
    if header.storage:
        if header.subunit == 0:
            collected.stored.append((header.storage, value))
    elif header.subunit:
        collected.inputs.append(value)
    else:
        collected.now.append((means.power, value))


def _of_now(collected: _Collected, first_holds: bool) -> list[Value]:
    """The values of now: a coarser register beside a finer one is the same, rounded; if not, both stay, in conflict."""
    now = collected.now
    if first_holds:
        now = list({value.quantity: (power, value) for power, value in reversed(now)}.values())
    if not any(value.quantity in _REGISTERS for _, value in now):
        return [value for _, value in now] + collected.inputs
    finest: dict[str, Value] = {}
    kept: list[Value] = []
    for power, value in sorted(now, key=lambda item: item[1].rank):
        best = finest.setdefault(value.quantity, value)
        plain = value.rank < _ONE_WAY_RANK
        if best is not value and plain and best.value is not None and value.value is not None:
            if abs(best.value - value.value) <= 10.0**power:
                continue
            value = value._replace(rank=best.rank)
        kept.append(value)
    return kept


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
