"""Alarms that devices report of themselves, as words in a status or as fields of their own."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ingest.decoders.document import Json
from ingest.decoders.fields import words
from ingest.decoders.value import state
from models.notice import NoticeKind


class Alarm(NamedTuple):
    """An alarm and whether the device sees it now (True) or says it is over or only remembers it (False)."""

    kind: NoticeKind
    active: bool


_KINDS: dict[NoticeKind, str] = {
    NoticeKind.LEAK: """leak leakage leaking leakage_or_no_usage water_leak unik continuous_flow leak_flow_low
        leak_flow_high""",
    NoticeKind.BURST: "burst burst_detected pipe_burst bursting burst_alarm rohrbruch broken_pipe",
    NoticeKind.DRY: "dry empty_pipe pipe_empty empty air air_in_pipe no_water dry_run empty_alarm",
    NoticeKind.REVERSE: """reverse reversed reverse_flow backflow back_flow backflow_detected reverse_flow_detected
        backflowing""",
    NoticeKind.TAMPER: """tamper tampered tampering fraud sensor_fraud mechanical_fraud manipulation removed removal
        removal_alarm cover_open case_open sabotage sabotage_enclosure module_removed sensor_fraud_attempt""",
    NoticeKind.MAGNET: """magnet magnetic magnetic_fraud magnetic_tamper magnetic_field magnetic_attack
        magnetic_fraud_attempt""",
    NoticeKind.STOPPED: "stopped blocked meter_blocked jammed stuck no_usage meter_stopped no_consumption",
    NoticeKind.OVERLOAD: """overload overflow overflow_rate oversized over_range excess_flow high_flow overspeed
        flow_above_q4 maximum_flow max_speed_exceeded""",
    NoticeKind.FREEZE: """freeze freezing frost frozen low_temperature frost_risk freeze_alarm low_ambient_temperature
        low_abient_temperature""",
    NoticeKind.BATTERY_LOW: """battery_low low_battery power_low low_power battery battery_warning battery_alarm
        battery_end_of_life low_bat battery_empty bat_low battery_eol battery_voltage_error""",
    NoticeKind.SENSOR_FAULT: """sensor_fault sensor_error sensor_failure hardware_error permanent_error temporary_error
        measurement_error hw_error sensor_fail device_error transducer_error sw_error crc_error""",
    NoticeKind.CLOCK: "clock clock_error time_error clock_sync rtc_error wrong_clock",
}
_KIND_OF = {word: kind for kind, text in _KINDS.items() for word in text.split()}
_NOT_FIELDS = frozenset(
    ["battery", "air", "empty", "clock", "reverse", "magnetic", "backflow", "no_water", "maximum_flow"]
)
"""Words that are an alarm in a status and something else (a voltage, a register) as a field's name."""

_REMEMBERED = re.compile(
    r"^(prev|previous|past|was|history)_|_(prev|previous|past|history|occurred|memorized|memory|this_month|last_month|"
    r"prev_month|previous_month|this_year|last_year)$"
)
_SPLIT = re.compile(r"[\s,;|]+")
_TRAILING = ("_alarm", "_detected", "_warning", "_flag", "_alert", "_status", "_state", "_active", "_now", "_error")


def in_status(text: str) -> list[Alarm]:
    """The alarms that a status names: words between spaces, commas or bars. A cleared status gives none.

    >>> [(a.kind.value, a.active) for a in in_status("DRY PREV_LEAKAGE HIGH_TEMPERATURE")]
    [('DRY', True), ('LEAK', False)]
    """
    found: dict[NoticeKind, bool] = {}
    for word in _SPLIT.split(text[:500]):
        if alarm := _alarm("_".join(words(word))):
            found[alarm.kind] = found.get(alarm.kind, False) or alarm.active
    return [Alarm(kind, active) for kind, active in found.items()]


def in_field(name: str, raw: Json) -> Alarm | None:
    """The alarm that a field of its own says: {"leak": true}, {"battery_low": 0}, {"tamper_status": "normal"}."""
    alarm = _field_kind(name)
    if alarm is None:
        return None
    active = state(raw)
    return None if active is None else Alarm(alarm.kind, active and alarm.active)


@lru_cache(maxsize=4096)
def _field_kind(name: str) -> Alarm | None:
    word = "_".join(words(name))
    return None if word in _NOT_FIELDS else _alarm(word)


@lru_cache(maxsize=4096)
def _alarm(word: str) -> Alarm | None:
    plain = _REMEMBERED.sub("", word)
    remembered = plain != word
    if plain not in _KIND_OF:
        plain = next((plain.removesuffix(end) for end in _TRAILING if plain.endswith(end)), plain)
    kind = _KIND_OF.get(plain)
    return None if kind is None else Alarm(kind, not remembered)
