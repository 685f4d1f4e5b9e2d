"""What a meter's telegram says, put into a payload's result: values, the time that holds, alarms."""

from __future__ import annotations

from datetime import datetime, timedelta

from ingest.decoders.frames import Frame
from ingest.decoders.message import DecodeContext, Message, Problem
from ingest.decoders.names import as_device
from ingest.decoders.result import Result
from ingest.decoders.time import Moment, moment, receipt, time_zone
from ingest.decoders.value import number
from ingest.mbus.clock import LocalTime
from ingest.mbus.meter import Said
from ingest.mbus.records import Record
from models.errors import VodaError
from models.quality import Quality

_SUMMER = timedelta(hours=1)
_FAR_OFF = timedelta(days=7)
"""A telegram is heard as it is sent: a meter's clock that is so far behind is marked, though its time is kept."""

_CLOCK = ("CLOCK",)
_NO_VALUE_IS_A_FAULT = frozenset(["volume_m3"])


def take(said: Said, frame: Frame, message: Message, context: DecodeContext, result: Result) -> None:
    """Add what a meter says.

    The receiver's time holds where it tells one; else the meter's own clock, else the time of receipt.
    """
    device, content = as_device(said.device), said.content
    now, is_doubtful = _now(content.clock, frame, message, context)
    for value in content.values:
        subject = f"{device}#{value.subunit}" if value.subunit else device
        when = now
        if value.time is not None:
            when = _of_clock(value.time, message.received, context.zone)
            if when.time_source == "received":
                continue  # a stored value whose time is not believed has none
            if is_doubtful:
                when = when._replace(quality=Quality.SUSPECT, flags=_CLOCK)
        if context.trace is not None and value.record is not None:
            _explain(value.record, result)
        if value.value is not None:
            result.reading(subject, value.quantity, value.value, when, rank=value.rank)
        elif value.quantity in _NO_VALUE_IS_A_FAULT:
            result.fault(subject, when, f"meter {device} says that its register has no value")
        else:
            result.problem(Problem("decode.no_value", f"meter {device} says that {value.quantity} has no value"))
    for alarm in content.alarms:
        result.notice(device, alarm.kind, alarm.active, now)
    if content.tells_alarms:
        result.complete_status(device)
    strength = number(frame.fields.get("rssi_dbm"))
    if strength is not None and not strength.is_fault:
        result.reading(device, "rssi_dbm", strength.value, now)


def _explain(record: Record, result: Result) -> None:
    """Say which record of the telegram a value is from, for those who ask."""
    means = record.meaning
    raw = f"{record.raw.hex(' ')} × 10^{means.power}" if means.power else record.raw.hex(" ")
    result.origin(f"record {record.header.blocks.hex(' ')}", raw, means.unit)


def _now(clock: LocalTime | None, frame: Frame, message: Message, context: DecodeContext) -> tuple[Moment, bool]:
    """The moment of the values of now, and whether the meter's clock is in doubt."""
    heard = receipt(message.received) if frame.time is None else moment(frame.time, message.received, context.zone)
    if clock is None:
        return heard, False
    shown = _of_clock(clock, message.received, context.zone)
    is_doubtful = shown.time_source == "received" or heard.time - shown.time > _FAR_OFF
    if frame.time is not None and heard.time_source == "payload":
        return heard, is_doubtful
    return shown._replace(quality=Quality.SUSPECT, flags=_CLOCK) if is_doubtful else shown, is_doubtful


def _of_clock(clock: LocalTime, received: datetime, zone: str) -> Moment:
    """The moment that a meter's clock shows: by its mark of summer time, else as people of the zone read it."""
    if not clock.is_summer:
        return moment(clock.text, received, zone)
    try:
        local = datetime.fromisoformat(clock.text).replace(tzinfo=time_zone(zone))
        summer = (local.utcoffset() or timedelta()) - (local.dst() or timedelta()) + _SUMMER
    except (ValueError, OverflowError, VodaError):
        return moment(clock.text, received, zone)
    minutes = int(summer.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return moment(f"{clock.text}{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}", received, zone)
