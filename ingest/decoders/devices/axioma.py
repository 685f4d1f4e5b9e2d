"""Axioma (Honeywell, Elster) Qalcosonic W1 and F1: register, hourly history and alarms with the meter's own times.

The meter counts seconds since 1970 UTC. Values are little endian, volumes in litres. Port 100 has one of four layouts,
which length and content tell apart; port 103 alarms; port 101 the configuration.

extended     clock 4, status 1, volume 4, log time 4, log volume 4, up to 15 hourly differences of 2; a log that does
             not reach to the last whole hour is set to another spacing, which the frame does not tell: left out
temperature  clock 4, status 1, volume 4, water's temperature 2 [0.01 °C], then as extended, up to 14 differences
enhanced     version 1 (01), clock 4, status 1, volume at 01:00 of the day before 4, 23 differences of 14 bits
short        clock 4, status 1, volume 4, then older volumes of 4 whose times are not documented in public: left out

A frame whose log does not follow from its clock and does not lead to its volume was decrypted with a wrong key or is
damaged: it gives nothing, because every other field would look possible.

Documentation: Axioma Metering, "W1 Lora payload extended" V01.8 (2020), "Lora payload enhanced" V1.8; codecs of
actility/device-catalog (vendors/axioma) and diwise/iot-agent (qalcosonic).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ingest.decoders.devices.codec import Codec, Uplink
from ingest.decoders.message import Problem
from ingest.decoders.model_name import fit
from ingest.decoders.result import Result
from ingest.decoders.time import Moment
from models.notice import NoticeKind
from models.reading import EPOCH, to_ms

_DATA_PORT, _CONFIGURATION_PORT, _ALARM_PORT = 100, 101, 103
_ALARM_BYTES = 5
_EXTENDED, _TEMPERATURE = 17, 19
_LOG_LENGTHS = range(_EXTENDED, 53)
_ENHANCED_LENGTHS = (51, 52)
_SHORTEST = 9
_HOUR_S = 3600
_DAY_S = 24 * _HOUR_S
_LOG_AGE_S = 40 * _DAY_S
_REACH_S = 6 * _HOUR_S
"""An hourly log ends so little before the clock; one of fifteen longer steps can't."""

_TOLERANCE_L = 1000
"""By so much the register may stand below its log: water that flowed back."""

_MOST_AN_HOUR_L = 0xFFFF
"""A meter whose hours need more than their two bytes is not in this layout."""

_STEPS = 23
_STEP_BITS = 14

_TEMPORARY = 0x10
_PLAIN_BITS = ((0x04, NoticeKind.BATTERY_LOW), (0x08, NoticeKind.SENSOR_FAULT))
_TEMPORARY_CODES = {
    0: NoticeKind.DRY,
    1: NoticeKind.LEAK,
    3: NoticeKind.REVERSE,
    4: NoticeKind.FREEZE,
    5: NoticeKind.BURST,
    6: NoticeKind.TAMPER,
}
"""What bits 5 to 7 of the status mean beside the bit of a temporary error."""


class _Log(NamedTuple):
    """An hourly history: its first time [s since 1970], its volumes an hour apart [L]."""

    begin_s: int
    volumes_l: tuple[int, ...]

    def reaches(self, clock_s: int) -> bool:
        """Whether it ends at the last whole hours before the clock, as it does where its steps are hours."""
        return 0 <= clock_s - self.begin_s - (len(self.volumes_l) - 1) * _HOUR_S < _REACH_S


def _decode(uplink: Uplink, result: Result) -> None:
    """A frame of a Qalcosonic W1 or F1, its layout told by length and content."""
    data = uplink.data
    if uplink.port == _CONFIGURATION_PORT:
        raise uplink.without_reading("a frame of configuration")
    if len(data) == _ALARM_BYTES and uplink.port in (_ALARM_PORT, _DATA_PORT):
        _take_status(data[4], uplink.device, uplink.at(_uint(data, 0)), result)
        return
    if uplink.port not in (_DATA_PORT, None):
        raise uplink.refuse("the meter sends on ports 100, 101 and 103")
    if len(data) in _ENHANCED_LENGTHS and data[0] == 1:
        _take_enhanced(uplink, result)
    elif (log := _log(data, _EXTENDED)) is not None:
        _take_extended(uplink, log, result)
    elif (log := _log(data, _TEMPERATURE)) is not None:
        _take_extended(uplink, log, result)
        when = uplink.at(_uint(data, 0))
        result.reading(uplink.device, "temperature_c", int.from_bytes(data[9:11], "little", signed=True) / 100, when)
    elif _is_short(uplink):
        _take_now(uplink, uplink.at(_uint(data, 0)), result)
    else:
        raise uplink.refuse("log, clock and volume do not fit together: wrong AppSKey, or damaged")


def _uint(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _log(data: bytes, header: int) -> _Log | None:
    """The history behind a header of so many bytes, None where it can't belong to clock and volume before it."""
    if len(data) not in _LOG_LENGTHS or len(data) < header:
        return None
    clock_s, volume_l, begin_s, begin_l = (_uint(data, at) for at in (0, 5, header - 8, header - 4))
    steps = [int.from_bytes(data[at : at + 2], "little") for at in range(header, len(data) - 1, 2)]
    # A log of another spacing ends elsewhere; its register still follows from its last volume.
    since_s, since_l = max(clock_s - begin_s - len(steps) * _HOUR_S, 0), volume_l - begin_l - sum(steps)
    most_l = _MOST_AN_HOUR_L * (1 + since_s // _HOUR_S)
    if not 0 <= clock_s - begin_s <= _LOG_AGE_S or not -_TOLERANCE_L <= since_l <= most_l:
        return None
    # Logged is the beginning of an hour, whatever the seconds say.
    return _Log(begin_s - begin_s % _HOUR_S, tuple(_summed(begin_l, steps)))


def _summed(first: int, steps: list[int]) -> Iterator[int]:
    yield first
    for step in steps:
        first += step
        yield first


def _take_now(uplink: Uplink, when: Moment, result: Result) -> None:
    """Status and register at the meter's own clock."""
    _take_status(uplink.data[4], uplink.device, when, result)
    result.reading(uplink.device, "volume_m3", _uint(uplink.data, 5) / 1000, when)


def _take_extended(uplink: Uplink, log: _Log, result: Result) -> None:
    """Register of now and the log's whole hours."""
    clock_s = _uint(uplink.data, 0)
    when = uplink.at(clock_s)
    _take_now(uplink, when, result)
    if when.time_source != "payload" or when.flags:
        return  # a clock that is not believed gives its log no times
    if not log.reaches(clock_s):
        result.problem(Problem("decode.no_value", f"device {uplink.device}: its log is not of the last whole hours"))
        return
    for hour, volume_l in enumerate(log.volumes_l):
        at_s = log.begin_s + hour * _HOUR_S
        if at_s < clock_s:
            result.reading(uplink.device, "volume_m3", volume_l / 1000, uplink.at(at_s))


def _take_enhanced(uplink: Uplink, result: Result) -> None:
    """The hours of the day before, from 01:00 to midnight."""
    data = uplink.data
    clock_s, status, first_l = _uint(data, 1), data[5], _uint(data, 6)
    when = uplink.at(clock_s)
    bits = int.from_bytes(data[10:], "little")
    if when.flags or bits >> _STEPS * _STEP_BITS & 0x3F:
        raise uplink.refuse("its clock is wrong, or its differences are scaled, which is not documented in public")
    steps = [bits >> step * _STEP_BITS & (1 << _STEP_BITS) - 1 for step in range(_STEPS)]
    today = datetime.fromtimestamp(clock_s, UTC).replace(hour=0, minute=0, second=0)
    begin_s = (today - timedelta(hours=23) - EPOCH) // timedelta(seconds=1)
    _take_status(status, uplink.device, when, result)
    for hour, volume_l in enumerate(_summed(first_l, steps)):
        result.reading(uplink.device, "volume_m3", volume_l / 1000, uplink.at(begin_s + hour * _HOUR_S))


def _is_unmistakable(uplink: Uplink) -> bool:
    """A frame that nothing names: its clock shows now, and log and register follow from each other."""
    data = uplink.data
    if uplink.port != _DATA_PORT or len(data) < _EXTENDED:
        return False
    is_enhanced = len(data) in _ENHANCED_LENGTHS and data[0] == 1
    clock_s = _uint(data, 1 if is_enhanced else 0)
    if abs(clock_s - to_ms(uplink.moment.time) / 1000) > _DAY_S:
        return False
    if is_enhanced:
        return int.from_bytes(data[10:], "little") >> _STEPS * _STEP_BITS == 0
    logs = (_log(data, header) for header in (_EXTENDED, _TEMPERATURE))
    return any(log is not None and log.reaches(clock_s) for log in logs)


def _is_short(uplink: Uplink) -> bool:
    """Register alone, or with older volumes and their period; only a believed clock says that it is sound.

    Heat meters of the same maker have energy in the same place: the model must be said.
    """
    if not any(fit(model, uplink.model) for model in ("w1", "f1")):
        return False
    length = len(uplink.data)
    fits = length == _SHORTEST or (length >= _SHORTEST + 4 and (length - _SHORTEST) % 4 == 0 and length < 46)
    return fits and not uplink.at(_uint(uplink.data, 0)).flags


def _take_status(status: int, device: str, when: Moment, result: Result) -> None:
    for bit, kind in _PLAIN_BITS:
        if status & bit:
            result.notice(device, kind, True, when)
    code = status >> 5
    if (status & _TEMPORARY or code) and code in _TEMPORARY_CODES:
        result.notice(device, _TEMPORARY_CODES[code], True, when)
    result.complete_status(device)


CODEC = Codec(
    "axioma",
    ("axioma", "qalcosonic", "axioma w1", "axioma f1", "honeywell w1", "elster w1"),
    _decode,
    _is_unmistakable,
)
