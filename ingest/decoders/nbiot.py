"""Loggers that send a day at once (NB-IoT, LTE-M, GPRS): rows of values with the first one's time and a step.

    {"imei": "866897052698387", "start": "2026-11-23T00:00:00+01:00", "step_min": 15, "volume_l": [123456, 123460, …]}

Read is what says where it begins and what its step is; a time that may be the first value's or the last one's, and a
step without a unit, are not guessed. A null in a row is a value that is missing; the others keep their times.

Unverified: the loggers of this region write their rows in ways that their makers do not publish; this is the form that
names everything. Others are mapped by a rule in sources.toml, or sent as a list of objects with a time each.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from ingest.decoders.by_rule import by_rule
from ingest.decoders.document import Document, Json
from ingest.decoders.fields import is_no_reading, meanings
from ingest.decoders.harvest import Frame, Harvest
from ingest.decoders.message import DecodeContext, Decoded, Dialect, Message, Problem
from ingest.decoders.names import joined, units_in
from ingest.decoders.result import Result
from ingest.decoders.time import Moment
from ingest.decoders.topic import device_of
from models.errors import RefusedError

_STARTS = frozenset(
    str.split(
        """start start_time start_ts start_date time_start ts_start first first_time first_timestamp t0 from time_from
        begin begin_time base_time zacatek cas_zacatku od beginn startzeit interval_start"""
    )
)
_STEP = re.compile(
    r"(?:sample_|sampling_|log_|logging_|record_|recording_|meas\w*_)?(?:step|interval|period|krok|intervall|resolution)"
    r"(?:_(?P<unit>s|sec|seconds?|min|minutes?|h|hours?|hod))?$"
)
_SECONDS = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "hod": 3600}
_DURATION = re.compile(r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,7})S)?)?$")
_ROW_AT_MOST = 20_000
_DAY_S = 86_400


class Step(NamedTuple):
    """The step between two values of a row [s], or why it is not known."""

    seconds: int
    reason: str = ""


def _recognises(message: Message, document: Document) -> bool:
    fields = document.object
    if len(fields) < 3 or not any(isinstance(value, list) and len(value) > 1 for value in fields.values()):
        return False
    names = [joined(name) for name in fields]
    return not _STARTS.isdisjoint(names) and any(_STEP.match(name) for name in names) and bool(_rows(fields))


def _rows(fields: dict[str, Json]) -> list[str]:
    """The fields that hold a row of values whose name says what they are."""
    return [
        name
        for name, value in fields.items()
        if isinstance(value, list) and value and not isinstance(value[0], (dict, list)) and meanings(name)
    ]


def _decode(message: Message, document: Document, context: DecodeContext) -> Decoded:
    fields = document.object
    result = Result(DIALECT.name, context)
    harvest = Harvest(message, context, result)
    named = harvest.device_by_rule()
    about: dict[str, Json] = {
        name: value for name, value in fields.items() if not isinstance(value, list) and joined(name) not in _STARTS
    }
    frame = harvest.frame(named or device_of(message.topic), named=bool(named))
    frame = harvest.refined(about, frame)
    if named:
        frame = replace(frame, device=named)
    start, step = _start(fields, harvest), _step(fields)
    if step.reason or start.time_source != "payload":
        raise RefusedError(
            "decode.bad_value", f"nbiot: {step.reason or 'the time at which the rows begin is not believed'}"
        )
    units = units_in(fields)
    for name in _rows(fields):
        row = fields[name]
        if isinstance(row, list) and not is_no_reading(name):
            _take_row(name, row, units.get(joined(name), ""), start, step, frame, harvest)
    harvest.take_fields(_of_now(about), replace(frame, moment=_last(start, step, fields)))
    return result.finish(Problem("decode.no_reading", "nbiot: no row has a value"))


def _of_now(about: dict[str, Json]) -> dict[str, Json]:
    """What the logger says of itself when it sends: battery and signal."""
    return {
        name: value
        for name, value in about.items()
        if not isinstance(value, dict)
        and (found := meanings(name))
        and found[0].quantity in ("battery_v", "battery_pct", "rssi_dbm")
    }


def _take_row(name: str, row: list[Json], unit: str, start: Moment, step: Step, frame: Frame, harvest: Harvest) -> None:
    if len(row) > _ROW_AT_MOST:
        raise RefusedError("decode.too_large", f"nbiot: row {name[:40]!r} has more than {_ROW_AT_MOST} values")
    for at, value in enumerate(row):
        if value is not None:
            time = start.time + timedelta(seconds=at * step.seconds)
            harvest.take_value(name, value, replace(frame, moment=start._replace(time=time)), unit)


def _last(start: Moment, step: Step, fields: dict[str, Json]) -> Moment:
    longest = max((len(row) for name in _rows(fields) if isinstance(row := fields[name], list)), default=1)
    return start._replace(time=start.time + timedelta(seconds=(longest - 1) * step.seconds))


def _start(fields: dict[str, Json], harvest: Harvest) -> Moment:
    return harvest.moment(next((value for name, value in fields.items() if joined(name) in _STARTS), None))


def _step(fields: dict[str, Json]) -> Step:
    for name, value in fields.items():
        match = _STEP.match(joined(name))
        if match is None or isinstance(value, (list, dict, bool)) or value is None:
            continue
        if isinstance(value, str) and (duration := _DURATION.match(value.strip().upper())):
            days, hours, minutes, seconds = (int(part or 0) for part in duration.groups())
            return _checked(days * _DAY_S + hours * 3600 + minutes * 60 + seconds, name)
        unit = (match["unit"] or "").rstrip("s") or ("s" if match["unit"] else "")
        if not unit:
            return Step(0, f"step {name[:40]!r} has no unit; call it {name[:40]}_s or {name[:40]}_min")
        try:
            return _checked(int(float(str(value)) * _SECONDS[unit]), name)
        except (ValueError, OverflowError):
            return Step(0, f"step {name[:40]!r} is no number")
    return Step(0, "no step is named")


def _checked(seconds: int, name: str) -> Step:
    return Step(seconds) if 0 < seconds <= 31 * _DAY_S else Step(0, f"step {name[:40]!r} is no time between values")


DIALECT = Dialect("nbiot", _recognises, by_rule(_decode))
